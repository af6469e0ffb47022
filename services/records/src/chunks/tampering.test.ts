import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Tampered } from '@careplane/kit';
import fc from 'fast-check';
import { KEY_ID, PLACE, readAll, sealedChunks, writeContent } from './fixtures/contents.ts';
import type { StoredContent, StoredPart } from './fixtures/contents.ts';
import { decodeHeader, encodeHeader } from './header.ts';
import { PartReader } from './part-reader.ts';

const SIZE = 64;
const dataKey = randomBytes(32);
const text = randomBytes(4 * SIZE + 10);

/** Five chunks in two parts: 0 and 1, then 2, 3 and 4. */
const stored = (place = PLACE): StoredContent => {
  const content = writeContent([text.subarray(0, 2 * SIZE + 5), text.subarray(2 * SIZE + 5)], {
    chunkSize: SIZE,
    dataKey,
    place,
  });
  expect(content.parts.map(({ chunks }) => chunks.length)).toEqual([2, 3]);
  return content;
};

/** Changes the second part. */
function changed(content: StoredContent, change: (part: StoredPart) => Partial<StoredPart>): StoredContent {
  const [first, second] = content.parts as [StoredPart, StoredPart];
  return { ...content, parts: [first, { ...second, ...change(second) }] };
}

function withChunks(change: (chunks: Buffer[]) => Buffer[]): StoredContent {
  return changed(stored(), ({ chunks }) => ({ chunks: change([...chunks]) }));
}

function withHeader(change: (header: Buffer) => void): StoredContent {
  return changed(stored(), ({ header }) => {
    const bytes = Buffer.from(header);
    change(bytes);
    return { header: bytes };
  });
}

const other = (): StoredContent => writeContent([randomBytes(text.length)], { chunkSize: SIZE, dataKey });

const CASES: [string, () => StoredContent][] = [
  ['chunks that changed places', () => withChunks(([a, b, c]) => [b, a, c] as Buffer[])],
  ['a chunk that comes twice', () => withChunks(([a, , c]) => [a, a, c] as Buffer[])],
  ['a chunk that is missing', () => withChunks(([a, , c]) => [a, c] as Buffer[])],
  ['an end that was cut at a chunk', () => withChunks((chunks) => chunks.slice(0, -1))],
  [
    'an end that was cut within a chunk',
    () => withChunks(([a, b, c]) => [a, b, c?.subarray(0, -1)] as Buffer[]),
  ],
  ['bytes that were appended', () => withChunks((chunks) => [...chunks, Buffer.of(0)])],
  ['a chunk that was appended', () => withChunks((chunks) => [...chunks, chunks[0] as Buffer])],
  [
    'a chunk of another content under the same key',
    () => withChunks(([a, , c]) => [a, other().parts[0]?.chunks[3], c] as Buffer[]),
  ],
  [
    'a chunk that was written for the same place in a request that was given up',
    () => withChunks(([a, , c]) => [a, stored().parts[1]?.chunks[1], c] as Buffer[]),
  ],
  [
    'a first part that is missing',
    () => {
      const content = stored();
      return { ...content, parts: content.parts.slice(1) };
    },
  ],
  [
    'a last part that is missing, and a size to fit',
    () => {
      const content = stored();
      return { ...content, size: 2 * SIZE, parts: content.parts.slice(0, 1) };
    },
  ],
  ['a size that is shorter', () => ({ ...stored(), size: text.length - 1 })],
  ['a size that ends with another chunk', () => ({ ...stored(), size: 4 * SIZE })],
  ['a size that is longer', () => ({ ...stored(), size: text.length + 1 })],
  ['the salt of another part', () => withHeader((header) => header.fill(randomBytes(32), 32))],
  ['another chunk size in the header', () => withHeader((header) => void header.writeUInt32BE(SIZE + 1, 8))],
  ['another number in the header', () => withHeader((header) => void header.writeUInt32BE(1, 12))],
  ['another key id in the header', () => withHeader((header) => void header.writeUInt8(1, 16))],
  ['another key', () => ({ ...stored(), dataKey: randomBytes(32) })],
  [
    'a header and chunks of another document under a header of this one',
    () => {
      const from = stored({ ...PLACE, document: 'Binary/another' });
      const salt = (from.parts[1] as StoredPart).header.subarray(32);
      const header = encodeHeader({ keyId: KEY_ID, chunkSize: SIZE, first: 2, salt });
      return changed(stored(), () => ({ header, chunks: (from.parts[1] as StoredPart).chunks }));
    },
  ],
];

describe('a content is refused with', () => {
  it.each(CASES)('%s', async (_, tampered) => {
    await expect(readAll(tampered())).rejects.toThrow(Tampered);
  });

  it.each(['tenant', 'patient', 'document'] as const)('another %s', async (part) => {
    const content = { ...stored(), place: { ...PLACE, [part]: 'another' } };
    await expect(readAll(content)).rejects.toThrow(Tampered);
  });

  it('another version', async () => {
    await expect(readAll({ ...stored(), place: { ...PLACE, version: 2 } })).rejects.toThrow(Tampered);
  });

  it('any bit of a part that was changed', async () => {
    const content = stored();
    const all = content.parts.reduce((sum, part) => sum + part.header.length + bytesOf(part), 0);
    await fc.assert(
      fc.asyncProperty(fc.nat(all - 1), fc.nat(7), async (at, bit) => {
        await expect(readAll(flipped(content, at, 1 << bit))).rejects.toThrow(Tampered);
      }),
      { numRuns: 300 },
    );
  });

  it('any other order of its chunks, with any of them repeated or missing', async () => {
    const content = stored();
    const chunks = content.parts.flatMap((part) => part.chunks);
    const orders = fc
      .array(fc.nat(chunks.length - 1), { minLength: 1, maxLength: 7 })
      .filter((order) => order.join() !== '0,1,2,3,4');
    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        const [first, second] = content.parts as [StoredPart, StoredPart];
        const moved = order.map((number) => chunks[number] as Buffer);
        const parts = [
          { ...first, chunks: moved.slice(0, 2) },
          { ...second, chunks: moved.slice(2) },
        ];
        await expect(readAll({ ...content, parts })).rejects.toThrow(Tampered);
      }),
      { numRuns: 300 },
    );
  });

  it('nothing given of the chunk that was changed, and the chunks before it intact', async () => {
    const content = withChunks(([a, b, c]) => [a, Buffer.from(b ?? []).fill(0, 3, 5), c] as Buffer[]);
    const { header, chunks } = content.parts[1] as StoredPart;
    const reader = new PartReader({ ...content, header: decodeHeader(header) });
    const given: Buffer[] = [];
    const reading = async (): Promise<void> => {
      for await (const chunk of reader.read(sealedChunks(chunks), { from: 2, to: 4 })) given.push(chunk);
    };
    await expect(reading()).rejects.toThrow(Tampered);
    expect(Buffer.concat(given)).toEqual(text.subarray(2 * SIZE, 3 * SIZE));
  });
});

function bytesOf({ chunks }: StoredPart): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

/** The content with one bit flipped; offsets count headers and chunks of all parts. */
function flipped(content: StoredContent, at: number, bit: number): StoredContent {
  let left = at;
  const flip = (bytes: Buffer): Buffer => {
    const copy = Buffer.from(bytes);
    if (left >= 0 && left < copy.length) copy[left] = (copy[left] ?? 0) ^ bit;
    left -= copy.length;
    return copy;
  };
  const parts = content.parts.map(({ header, first, chunks }) => ({
    header: flip(header),
    first,
    chunks: chunks.map(flip),
  }));
  return { ...content, parts };
}
