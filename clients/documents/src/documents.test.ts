import type { webcrypto } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { collect, concat, streamOf } from './bytes.ts';
import { decrypt, encrypt, open, rewrap, seal } from './documents.ts';
import { contentOf, LENGTHS } from './fixtures/content.ts';
import { failing, person, read, sealed } from './fixtures/people.ts';
import { joinFile, splitFile } from './header.ts';
import { generateKey, identity, passphraseIdentity, publicKeyOf } from './identities.ts';
import { CHUNK_BYTES, payloadSize } from './payload.ts';
import { passphraseRecipient, recipient } from './recipients.ts';

/** The bytes in parts of random lengths. */
function inParts(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe('a document', () => {
  it('is opened by each of its recipients and nobody else', async () => {
    const [ann, ben, eve] = [await person(), await person(), await person()];
    const file = await collect(await encrypt(streamOf(contentOf(100)), [ann.recipient, ben.recipient]));
    for (const { identity: own } of [ann, ben]) expect(await read(file, own)).toEqual(contentOf(100));
    expect(await read(file, eve.identity, ben.identity)).toEqual(contentOf(100));
    await failing('no-matching-identity', decrypt(streamOf(file), [eve.identity]));
    await failing('no-matching-identity', decrypt(streamOf(file), []));
  });

  it.each(LENGTHS)('of %d bytes has the size that is foretold', async (length) => {
    const { payload } = await sealed(length, await person());
    expect(payload.length).toBe(payloadSize(length));
  });

  it('is the same however its streams are cut', async () => {
    const ann = await person();
    const lengths = fc.constantFrom(...LENGTHS.filter((length) => length < 1_000_000));
    const cuts = fc.array(fc.nat(), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(lengths, cuts, cuts, async (length, before, after) => {
        const content = streamOf(...inParts(contentOf(length), before));
        const file = await collect(await encrypt(content, [ann.recipient]));
        const opened = await decrypt(streamOf(...inParts(file, after)), [ann.identity]);
        expect(Buffer.compare(await collect(opened), contentOf(length))).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('passes errors of its content on', async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.error(new Error('disk'));
      },
    });
    const { payload } = await seal(broken, [(await person()).recipient]);
    await expect(collect(payload)).rejects.toThrow('disk');
  });

  it('stops its source when its reader has enough', async () => {
    let reason: unknown;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(contentOf(CHUNK_BYTES));
      },
      cancel(given: unknown): void {
        reason = given;
      },
    });
    const { payload } = await seal(endless, [(await person()).recipient]);
    await payload.cancel('enough');
    expect(reason).toBe('enough');
  });

  it('to a passphrase is opened by it', async () => {
    const to = [passphraseRecipient('correct horse', { workFactor: 10 })];
    const file = await collect(await encrypt(streamOf(contentOf(10)), to));
    expect(await read(file, passphraseIdentity('correct horse'))).toEqual(contentOf(10));
    await failing('no-matching-identity', read(file, passphraseIdentity('battery staple')));
  });
});

describe('a payload', () => {
  const SEALED_CHUNK = CHUNK_BYTES + 16;
  const NONCE = 16;

  it('is refused after a change of any byte', async () => {
    const ann = await person();
    const { header, payload } = await sealed(300, ann);
    for (let at = 0; at < payload.length; at += 1) {
      const changed = payload.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x80;
      await failing('payload-tampered', read(concat([header, changed]), ann.identity));
    }
  });

  it('is refused when it is cut anywhere, or continued', async () => {
    const ann = await person();
    const { header, payload } = await sealed(2 * CHUNK_BYTES, ann);
    const ends = [0, 1, NONCE, NONCE + 15, NONCE + 16, NONCE + SEALED_CHUNK - 1, NONCE + SEALED_CHUNK];
    for (const end of [...ends, NONCE + SEALED_CHUNK + 1, payload.length - 1])
      await failing('payload-tampered', read(concat([header, payload.subarray(0, end)]), ann.identity));
    for (const more of [1, 16, SEALED_CHUNK])
      await failing('payload-tampered', read(concat([header, payload, contentOf(more)]), ann.identity));
  });

  it('is refused when chunks are swapped, repeated, left out or of another document', async () => {
    const ann = await person();
    const [one, other] = [await sealed(4 * CHUNK_BYTES, ann), await sealed(4 * CHUNK_BYTES, ann)];
    const chunksOf = (payload: Uint8Array): Uint8Array[] =>
      Array.from({ length: 4 }, (_, n) =>
        payload.subarray(NONCE + n * SEALED_CHUNK, NONCE + (n + 1) * SEALED_CHUNK),
      );
    const own = chunksOf(one.payload);
    const foreign = chunksOf(other.payload);
    const order = fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 6 });
    const isRight = (numbers: readonly number[]): boolean => numbers.join() === '0,1,2,3';
    await fc.assert(
      fc.asyncProperty(
        order.filter((numbers) => !isRight(numbers)),
        async (numbers) => {
          const chunks = numbers.map((number) => [...own, ...foreign][number] ?? new Uint8Array());
          const file = concat([one.header, one.payload.subarray(0, NONCE), ...chunks]);
          await failing('payload-tampered', read(file, ann.identity));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('of one document is not opened by the header of another', async () => {
    const ann = await person();
    const [one, other] = [await sealed(10, ann), await sealed(10, ann)];
    await failing('payload-tampered', read(concat([one.header, other.payload]), ann.identity));
  });
});

describe('other recipients', () => {
  it('open the same payload by a new header, without the content being sent again', async () => {
    const [ann, ben] = [await person(), await person()];
    const { header, payload } = await sealed(100_000, ann);
    const shared = await rewrap(header, [ann.identity], [ann.recipient, ben.recipient]);
    for (const { identity: own } of [ann, ben])
      expect(await read(concat([shared, payload]), own)).toEqual(contentOf(100_000));
  });

  it('no longer include who was removed; who kept the old header still reads this version', async () => {
    const [ann, ben] = [await person(), await person()];
    const { header, payload } = await sealed(10, ann, ben);
    const without = await rewrap(header, [ann.identity], [ann.recipient]);
    await failing('no-matching-identity', read(concat([without, payload]), ben.identity));
    expect(await read(concat([header, payload]), ben.identity)).toEqual(contentOf(10));
  });

  it('are given by somebody who can open the document, and by nobody else', async () => {
    const [ann, eve] = [await person(), await person()];
    const { header } = await sealed(10, ann);
    await failing('no-matching-identity', rewrap(header, [eve.identity], [eve.recipient]));
  });

  it('are at least one, and a passphrase stands alone', async () => {
    const ann = await person();
    const passphrase = passphraseRecipient('correct horse', { workFactor: 10 });
    await failing('recipients-not-mixable', seal(streamOf(), []));
    await failing('recipients-not-mixable', seal(streamOf(), [ann.recipient, passphrase]));
    await failing('recipients-not-mixable', seal(streamOf(), [passphrase, passphrase]));
  });

  it('do not weaken those who have post-quantum keys', async () => {
    const [old, modern] = [await person('x25519'), await person('hybrid')];
    await failing('recipients-not-mixable', seal(streamOf(), [old.recipient, modern.recipient]));
    const { header } = await seal(streamOf(), [modern.recipient]);
    await failing(
      'recipients-not-mixable',
      rewrap(header, [modern.identity], [modern.recipient, old.recipient]),
    );
  });
});

describe('keys', () => {
  it('that are none are refused, and not quoted', async () => {
    const key = await generateKey('x25519');
    const publicKey = await publicKeyOf(key);
    const broken = [key.slice(0, -1), `${key}Q`, key.toLowerCase(), 'AGE-SECRET-KEY-1', '', publicKey];
    for (const text of broken)
      expect(() => identity(text)).toThrow(
        expect.objectContaining({
          code: 'identity-invalid',
          message: expect.not.stringContaining('AGE-SECRET') as unknown,
        }),
      );
    for (const text of [publicKey.slice(0, -1), key, 'age1', '', 'age1pq1', `${publicKey}q`])
      expect(() => recipient(text)).toThrow(expect.objectContaining({ code: 'recipient-invalid' }));
  });

  it('may be CryptoKeys that never leave their store', async () => {
    const made = await crypto.subtle.generateKey('X25519', true, ['deriveBits']);
    const pair = made as webcrypto.CryptoKeyPair;
    const { bech32 } = await import('@scure/base');
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    const to = recipient(bech32.encodeFromBytes('age', raw));
    const { header, payload } = await seal(streamOf(contentOf(10)), [to]);
    const content = await open({ header, payload }, [identity(pair.privateKey)]);
    expect(await collect(content)).toEqual(contentOf(10));
  });

  it('join a header and a payload to the file that was split', async () => {
    const ann = await person();
    const file = await collect(await encrypt(streamOf(contentOf(70_000)), [ann.recipient]));
    const { header, payload } = await splitFile(streamOf(file));
    expect(await collect(joinFile(header.bytes, payload))).toEqual(file);
  });
});
