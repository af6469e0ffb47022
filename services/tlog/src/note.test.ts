import { expect, test } from '@jest/globals';
import { checkpointText, openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts';
import { cosign, cosignatureOf } from './cosignature.ts';
import { Malformed, NotVerified } from './errors.ts';
import { leafHash } from './hash.ts';
import {
  encodeSigningKey,
  encodeVerifierKey,
  generateSigningKey,
  parseSigningKey,
  parseVerifierKey,
  signingKeyFromSeed,
} from './keys.ts';
import { formatNote, formatSignature, parseNote, parseSignatures, signText, verifyNote } from './note.ts';

/** The example of golang.org/x/mod/sumdb/note. */
const GO = {
  signer: 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz',
  verifier: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
  line: '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
};
const root = leafHash(Buffer.from('one'));

test("signs and verifies the example of Go's note package to the byte", () => {
  const signer = parseSigningKey(GO.signer);
  expect(encodeSigningKey(signer)).toBe(GO.signer);
  expect(encodeVerifierKey(signer.verifier)).toBe(GO.verifier);
  const note = formatNote({ text: GO.text, signatures: [signText(GO.text, signer)] });
  expect(note).toBe(`${GO.text}\n${GO.line}`);
  expect(verifyNote(parseNote(note), [parseVerifierKey(GO.verifier)]).name).toBe('PeterNeumann');
});

test('keys that are cut, of another id, of an unknown kind or without a name are refused, and never quoted', () => {
  const key = encodeVerifierKey(generateSigningKey('example.org/log', 'ed25519').verifier);
  const [name = '', id = '', material = ''] = key.split('+', 3);
  const other = Buffer.from(key.slice(name.length + id.length + 2), 'base64');
  other[0] = 9;
  const faults = [
    '',
    key.slice(0, -4),
    `${name}+00000000+${material}`,
    `${name}+${id}+${other.toString('base64')}`,
    `+${id}+${material}`,
  ];
  for (const fault of faults) expect(() => parseVerifierKey(fault)).toThrow(Malformed);
  expect(() => parseSigningKey(key)).toThrow(Malformed);
  expect(() => generateSigningKey('a b', 'ed25519')).toThrow(Malformed);
});

test('a seed always gives the same key, and another one under another name', () => {
  const seed = Buffer.alloc(32, 7);
  const key = (name: string): string => encodeSigningKey(signingKeyFromSeed(name, 'ed25519', seed));
  expect(key('a')).toBe(key('a'));
  expect(key('a').slice(14, 22)).not.toBe(key('b').slice(14, 22));
  expect(parseSigningKey(key('a')).verifier.id).toEqual(signingKeyFromSeed('a', 'ed25519', seed).verifier.id);
  expect(() => signingKeyFromSeed('a', 'ed25519', seed.subarray(1))).toThrow(Malformed);
  expect(() => signingKeyFromSeed('a b', 'ed25519', seed)).toThrow(Malformed);
});

test('a note needs a right signature of a known key; those of unknown keys do not matter', () => {
  const [known, unknown] = [generateSigningKey('a', 'ed25519'), generateSigningKey('a', 'ed25519')];
  const text = 'one\n\ntwo\n';
  const both = parseNote(formatNote({ text, signatures: [signText(text, unknown), signText(text, known)] }));
  expect(both.text).toBe(text);
  expect(verifyNote(both, [known.verifier])).toBe(known.verifier);
  expect(() =>
    verifyNote(parseNote(formatNote({ text, signatures: [signText(text, unknown)] })), [known.verifier]),
  ).toThrow(NotVerified);
  expect(() => verifyNote({ ...both, text: 'one\n\nTwo\n' }, [known.verifier])).toThrow(NotVerified);
  expect(() => verifyNote(both, [])).toThrow(NotVerified);
});

test('what is no note is refused', () => {
  const line = formatSignature(signText('a\n', generateSigningKey('a', 'ed25519')));
  const faults = [
    '',
    'a\n',
    `a\n${line}`,
    `a\n\n${line.slice(0, -1)}`,
    `a\u0000\n\n${line}`,
    `a\r\n\n${line}`,
    `a\n\n- a AAAA\n`,
    `a\n\n— a AAAA\n`,
    `a\n\n— a+b ${'A'.repeat(8)}\n`,
    `a\n\n${line}`.padEnd(70_000, 'x'),
    `a\n\n${line.repeat(101)}`,
  ];
  for (const fault of faults) expect(() => parseNote(fault)).toThrow(Malformed);
  expect(() => parseSignatures('')).toThrow(Malformed);
});

test('a checkpoint is read back, only as it was written, only under the name of its log', () => {
  const log = generateSigningKey('example.org/log', 'ed25519');
  const checkpoint = { origin: 'example.org/log', size: 20_852_163, root };
  const text = signCheckpoint(checkpoint, [log]);
  expect(openCheckpoint(text, [log.verifier])).toMatchObject(checkpoint);
  const named = signCheckpoint({ ...checkpoint, origin: 'example.org/other' }, [log]);
  expect(() => openCheckpoint(named, [log.verifier])).toThrow(NotVerified);
  for (const size of ['020852163', '-1', '1e3', '99999999999999999999', ''])
    expect(() => parseCheckpoint(text.replace('\n20852163\n', `\n${size}\n`))).toThrow(Malformed);
  expect(() => openCheckpoint(text.replace('\n20852163\n', '\n20852164\n'), [log.verifier])).toThrow(
    NotVerified,
  );
  const hash = Buffer.from(root).toString('base64');
  expect(() => parseCheckpoint(text.replace(hash, hash.slice(4)))).toThrow(Malformed);
  expect(parseCheckpoint(text.replace(`${hash}\n`, `${hash}\nextension\n`)).size).toBe(20_852_163);
});

test('a cosignature is of one checkpoint, one time and one witness', () => {
  const [log, witness, other] = [
    generateSigningKey('example.org/log', 'ed25519'),
    generateSigningKey('example.org/witness', 'cosignature/v1'),
    generateSigningKey('example.org/witness', 'cosignature/v1'),
  ];
  const checkpoint = { origin: 'example.org/log', size: 7, root };
  const note = parseNote(signCheckpoint(checkpoint, [log]));
  const time = new Date('2026-01-02T03:04:05.678Z');
  const signature = cosign(checkpointText(checkpoint), witness, time);
  const cosigned = { ...note, signatures: [...note.signatures, signature] };
  const published = parseNote(formatNote(cosigned));
  expect(cosignatureOf(published, witness.verifier)).toEqual({
    witness: 'example.org/witness',
    time: new Date('2026-01-02T03:04:05.000Z'),
  });
  expect(verifyNote(published, [log.verifier])).toBe(log.verifier);
  expect(cosignatureOf(note, witness.verifier)).toBeUndefined();
  expect(cosignatureOf(published, other.verifier)).toBeUndefined();
  const bytes = Buffer.from(signature.bytes);
  bytes[7] = (bytes[7] ?? 0) ^ 1;
  expect(() => cosignatureOf({ ...note, signatures: [{ ...signature, bytes }] }, witness.verifier)).toThrow(
    NotVerified,
  );
  expect(() =>
    cosignatureOf({ ...cosigned, text: checkpointText({ ...checkpoint, size: 8 }) }, witness.verifier),
  ).toThrow(NotVerified);
});
