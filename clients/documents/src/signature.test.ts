import { formatNote, parseNote, parseVerifierKey, verifyNote } from '@careplane/tlog';
import { expect, it } from '@jest/globals';
import { collect, streamOf, type Bytes } from './bytes.ts';
import { rewrap, seal } from './documents.ts';
import { contentOf } from './fixtures/content.ts';
import { failing, person, type Person } from './fixtures/people.ts';
import { generateSigningKey, signer, verifier, type Signer } from './note-key.ts';
import { createSha256 as ofBrowser } from './sha256-web.ts';
import { digesting, sign, signedDigest, verify, type SignedParts } from './signature.ts';

async function partsOf(sender: Person): Promise<SignedParts & { header: Bytes }> {
  const { header, payload } = await seal(streamOf(contentOf(100_000)), [sender.recipient]);
  const { through, digest } = digesting();
  await collect(payload.pipeThrough(through));
  return { header, payloadDigest: await digest };
}

const newSigner = async (name = 'practitioner.anna'): Promise<Signer> =>
  signer(await generateSigningKey(name));

it('is verified by everybody who can open the document, also after recipients have changed', async () => {
  const [ann, ben, key] = [await person(), await person(), await newSigner()];
  const parts = await partsOf(ann);
  const note = await sign(parts, [ann.identity], key);
  expect(await verify(note, parts, [ann.identity], [key.verifierKey])).toBe(key.verifierKey);
  const shared = { ...parts, header: await rewrap(parts.header, [ann.identity], [ben.recipient]) };
  expect(await verify(note, shared, [ben.identity], [key.verifierKey])).toBe(key.verifierKey);
  await failing('no-matching-identity', verify(note, shared, [ann.identity], [key.verifierKey]));
});

it('is a signed note as the audit log has them', async () => {
  const [ann, key] = [await person(), await newSigner()];
  const note = await sign(await partsOf(ann), [ann.identity], key);
  const parsed = parseNote(note);
  expect(formatNote(parsed)).toBe(note);
  expect(verifyNote(parsed, [parseVerifierKey(key.verifierKey)]).name).toBe('practitioner.anna');
});

it('is refused for another payload, another file key, another text, and without a believed key', async () => {
  const [ann, key, other] = [await person(), await newSigner(), await newSigner()];
  const [parts, others] = [await partsOf(ann), await partsOf(ann)];
  const note = await sign(parts, [ann.identity], key);
  const refused = (given: string, of: SignedParts, ...keys: string[]): Promise<void> =>
    failing('signature-invalid', verify(given, of, [ann.identity], keys));
  await refused(note, { ...parts, payloadDigest: others.payloadDigest }, key.verifierKey);
  await refused(note, { ...parts, header: others.header }, key.verifierKey);
  await refused(note, parts, other.verifierKey);
  await refused(note, parts);
  const swapped = await sign(parts, [ann.identity], other);
  await refused(swapped, parts, key.verifierKey);
  const [line = ''] = /\u2014.*\n/u.exec(note) ?? [];
  for (const broken of [
    '',
    note.replace(line, ''),
    note.replace(line, line.replace(/.{5}$/su, 'AAA=\n')),
    line,
  ])
    await refused(broken, parts, key.verifierKey);
});

it('counts the signature of a believed key among those of others', async () => {
  const [ann, key, other] = [await person(), await newSigner(), await newSigner()];
  const parts = await partsOf(ann);
  const [one, two] = [await sign(parts, [ann.identity], other), await sign(parts, [ann.identity], key)];
  const both = one + two.slice(two.indexOf('\u2014'));
  expect(await verify(both, parts, [ann.identity], [key.verifierKey])).toBe(key.verifierKey);
});

it("takes keys of Go's note package, and refuses others without quoting them", async () => {
  const go = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
  const publicKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  expect((await signer(go)).verifierKey).toBe(publicKey);
  expect((await verifier(publicKey)).name).toBe('PeterNeumann');
  const broken = [go.slice(0, -4), go.replace('c74f20a3', 'c74f20a4'), publicKey, '', 'PRIVATE+KEY+'];
  for (const key of broken) await failing('identity-invalid', signer(key));
  await failing('identity-invalid', verifier(publicKey.replace('ARpc', 'AVpc')));
  await failing('identity-invalid', generateSigningKey('two words'));
  await expect(signer(go.slice(0, -4))).rejects.toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('AYEK') as unknown }),
  );
});

it('has the same digest in browsers', () => {
  const hash = ofBrowser();
  hash.update(contentOf(10).subarray(0, 3));
  hash.update(contentOf(10).subarray(3));
  const { createHash } = process.getBuiltinModule('node:crypto');
  expect(Buffer.from(hash.digest()).toString('hex')).toBe(
    createHash('sha256').update(contentOf(10)).digest('hex'),
  );
});

it('shows the digest of its payload to who cannot open the document, and is told from what is no signature', async () => {
  const [ann, key] = [await person(), await newSigner()];
  const parts = await partsOf(ann);
  const note = await sign(parts, [ann.identity], key);
  expect(signedDigest(note)).toEqual(parts.payloadDigest);
  const line = note.split('\n').at(-2) ?? '';
  expect(signedDigest(`${note}${line}\n`)).toEqual(parts.payloadDigest);
  for (const wrong of [
    '',
    note.slice(0, -1),
    note.replace('v1', 'v2'),
    note.replace(`${line}\n`, ''),
    `${note}and more\n`,
    `${note}${`${line}\n`.repeat(100)}`,
    note.replace(/\n[^\n]+/, '\nAAAA'),
  ])
    expect(() => signedDigest(wrong)).toThrow('no signature');
});
