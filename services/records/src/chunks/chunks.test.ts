import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Tampered } from '@careplane/kit';
import fc from 'fast-check';
import { KEY_ID, PLACE, piecesOf, readAll, sealedChunks, writeContent } from './fixtures/contents.ts';
import { decodeHeader, encodeHeader } from './header.ts';
import { PartReader } from './part-reader.ts';
import { PartWriter } from './part-writer.ts';
import { CHUNK_BYTES, chunkCount, chunksOf } from './sizes.ts';

const SMALL = 64;

describe('a content in chunks', () => {
  const lengths = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 10 * CHUNK_BYTES, 1_234_567];

  it.each(lengths)('of %d bytes is read back', async (length) => {
    const plaintext = randomBytes(length);
    const content = writeContent([plaintext], { chunkSize: CHUNK_BYTES });
    expect(content.parts[0]?.chunks.length).toBe(chunkCount({ size: length, chunkSize: CHUNK_BYTES }));
    expect(Buffer.concat(await readAll(content)).equals(plaintext)).toBe(true);
  });

  it('is read back however it was split when it came, between parts, and when it was read', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 6 * SMALL }),
      fc.constantFrom(0, 1, SMALL - 1, SMALL, SMALL + 1, 3 * SMALL).map((length) => randomBytes(length)),
    );
    const cuts = fc.array(fc.nat(7 * SMALL), { maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(bytes, cuts, cuts, cuts, async (plaintext, requests, pushes, reads) => {
        const pieces = piecesOf(plaintext, requests);
        const content = writeContent(pieces, { chunkSize: SMALL, split: pushes });
        expect(Buffer.concat(await readAll(content, { split: reads }))).toEqual(Buffer.from(plaintext));
      }),
      { numRuns: 500 },
    );
  });

  it('gives any range by the chunks that hold it alone', async () => {
    const plaintext = randomBytes(5 * SMALL + 7);
    const content = writeContent([plaintext], { chunkSize: SMALL });
    const [part] = content.parts;
    if (!part) throw new Error('no part');
    await fc.assert(
      fc.asyncProperty(fc.nat(plaintext.length - 1), fc.nat(plaintext.length - 1), async (one, other) => {
        const [start, end] = [Math.min(one, other), Math.max(one, other)];
        const { from, to, skip } = chunksOf({ start, end }, SMALL);
        const reader = new PartReader({ ...content, header: decodeHeader(part.header) });
        const read: Buffer[] = [];
        const only = sealedChunks(part.chunks.slice(from, to + 1));
        for await (const chunk of reader.read(only, { from, to })) read.push(chunk);
        expect(Buffer.concat(read).subarray(skip, skip + end - start + 1)).toEqual(
          plaintext.subarray(start, end + 1),
        );
      }),
    );
  });

  it('has another ciphertext each time, and none of its bytes in it', () => {
    const plaintext = Buffer.alloc(3 * SMALL, 'a secret ');
    const made = Array.from({ length: 50 }, () =>
      Buffer.concat(writeContent([plaintext], { chunkSize: SMALL }).parts[0]?.chunks.flat() ?? []),
    );
    expect(new Set(made.map((bytes) => bytes.toString('hex'))).size).toBe(50);
    expect(made.some((bytes) => bytes.includes('secret'))).toBe(false);
  });

  it('has no key in two parts, so that no nonce comes twice when a request is repeated with other bytes', () => {
    const dataKey = randomBytes(32);
    const sealed = ['one', 'two'].map((text) => {
      const writer = new PartWriter({ dataKey, place: PLACE, keyId: KEY_ID, chunkSize: SMALL, first: 0 });
      writer.push(Buffer.alloc(SMALL, text));
      return Buffer.concat(writer.end()).subarray(0, SMALL);
    });
    const [one, two] = sealed as [Buffer, Buffer];
    const texts = Buffer.alloc(SMALL, 'one').map((byte, at) => byte ^ (Buffer.alloc(SMALL, 'two')[at] ?? 0));
    // Under one key and nonce the two ciphertexts differ exactly as the texts do.
    expect(Buffer.from(one.map((byte, at) => byte ^ (two[at] ?? 0)))).not.toEqual(Buffer.from(texts));
  });
});

describe('a part that is written', () => {
  const begin = (): PartWriter =>
    new PartWriter({ dataKey: randomBytes(32), place: PLACE, keyId: KEY_ID, chunkSize: SMALL, first: 3 });

  it('holds what may be the last chunk, and makes it when it ends', () => {
    const writer = begin();
    expect(writer.push(Buffer.alloc(SMALL))).toEqual([]);
    expect([writer.held.length, writer.chunks]).toEqual([SMALL, 0]);
    writer.push(Buffer.alloc(1));
    expect([writer.held.length, writer.chunks]).toEqual([1, 1]);
    writer.end();
    expect(writer.chunks).toBe(2);
  });

  it('takes nothing after its end', () => {
    const writer = begin();
    writer.end();
    expect(() => writer.end()).toThrow('ended');
    expect(() => writer.push(Buffer.alloc(3 * SMALL))).toThrow('ended');
  });
});

describe('the header of a part', () => {
  const header = { keyId: KEY_ID, chunkSize: CHUNK_BYTES, first: 4_294_967_295, salt: randomBytes(32) };

  it('is read back', () => {
    expect(decodeHeader(encodeHeader(header))).toEqual(header);
  });

  it.each([
    ['a key id that is no UUID', { keyId: 'key' }],
    ['chunks of no bytes', { chunkSize: 0 }],
    ['chunks that are too large', { chunkSize: 2 ** 21 }],
    ['a number beyond 32 bits', { first: 2 ** 32 }],
    ['a short salt', { salt: Buffer.alloc(31) }],
  ])('holds no %s', (_, wrong) => {
    expect(() => encodeHeader({ ...header, ...wrong })).toThrow(RangeError);
  });

  it.each([
    ['another format', (bytes: Buffer) => bytes.fill('X', 0, 1)],
    ['a version that is not known', (bytes: Buffer) => bytes.fill(2, 7, 8)],
    ['chunks of no bytes', (bytes: Buffer) => bytes.fill(0, 8, 12)],
    ['chunks that fill the memory', (bytes: Buffer) => bytes.fill(0xff, 8, 12)],
    ['an end that is missing', (bytes: Buffer) => bytes.subarray(0, -1)],
  ])('is refused with %s', (_, change) => {
    expect(() => decodeHeader(change(encodeHeader(header)))).toThrow(Tampered);
  });
});
