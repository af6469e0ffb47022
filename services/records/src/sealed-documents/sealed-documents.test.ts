import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { PreconditionFailed } from '@careplane/kit';
import fc from 'fast-check';
import { collected } from '../../test/collected.ts';
import type { ContentAdditions, OpenedContent } from '../content/index.ts';
import { isMade, SealedDocuments } from './sealed-documents.ts';
import type { SealedContent } from './sealed-documents.ts';

/** An age file of a first header and a payload, as a store gives it out: in pieces whose memory is used again. */
function contentOf(header: Buffer, payload: Buffer): SealedContent {
  const file = Buffer.concat([header, payload]);
  const read: OpenedContent['read'] = async function* (range = { start: 0, end: file.length - 1 }) {
    const piece = Buffer.alloc(50);
    for (let at = range.start; at <= range.end; at += piece.length) {
      const length = file.copy(piece, 0, at, Math.min(at + piece.length, range.end + 1));
      yield await Promise.resolve(piece.subarray(0, length));
    }
  };
  return {
    ...{
      id: 'one',
      tag: 'one',
      contentType: 'application/vnd.age',
      size: file.length,
      createdAt: new Date(0),
    },
    ...{ sha1: Buffer.alloc(20), sha256: Buffer.alloc(32) },
    age: { headerBytes: header.length, payloadSha256: '' },
    read,
  };
}

const copied = async (pieces: AsyncIterable<Buffer>): Promise<Buffer> => {
  const copies: Buffer[] = [];
  for await (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
};

const documentsWith = (bytes: Buffer | undefined): SealedDocuments =>
  new SealedDocuments({
    newest: () => Promise.resolve(bytes && { version: 2, bytes, createdAt: new Date(1) }),
  } as unknown as ContentAdditions);

describe('a document whose header was replaced', () => {
  it('has the new header and the same payload in every range', async () => {
    const length = fc.integer({ min: 1, max: 300 });
    const cuts = fc.tuple(fc.nat(), fc.nat());
    await fc.assert(
      fc.asyncProperty(length, length, length, cuts, async (first, next, size, [from, to]) => {
        const [header, payload] = [randomBytes(next), randomBytes(size)];
        const download = await documentsWith(header).download(contentOf(randomBytes(first), payload));
        const whole = Buffer.concat([header, payload]);
        expect(download.size).toBe(whole.length);
        const [start = 0, end = 0] = [from % whole.length, to % whole.length].sort((a, b) => a - b);
        expect(await copied(download.read({ start, end }))).toEqual(whole.subarray(start, end + 1));
        expect(await copied(download.read())).toEqual(whole);
      }),
    );
  });

  it('is under another tag, and nobody says what its digest is', async () => {
    const download = await documentsWith(randomBytes(9)).download(contentOf(randomBytes(5), randomBytes(40)));
    expect([download.tag, download.sha256, download.createdAt]).toEqual(['one.2', undefined, new Date(1)]);
  });
});

describe('a document whose header was not replaced', () => {
  it('is the file that came, with its first header', async () => {
    const [header, payload] = [randomBytes(120), randomBytes(40)];
    const content = contentOf(header, payload);
    const download = await documentsWith(undefined).download(content);
    expect([download.tag, download.sha256]).toEqual(['one', content.sha256]);
    expect(await documentsWith(undefined).header(content)).toMatchObject({ version: 1, bytes: header });
    expect(await collected(download.read())).not.toHaveLength(0);
  });
});

it.each([
  [1, 1, 'new', false],
  [2, 1, 'now', true],
  [2, 1, 'new', 'late'],
  [3, 1, 'now', 'late'],
  [1, 2, 'now', 'late'],
] as const)(
  'a change while version %d holds, from version %d to the bytes %p: made already? %p',
  (version, from, bytes, made) => {
    const present = { version, bytes: Buffer.from('now'), createdAt: new Date(0) };
    const ask = (): boolean => isMade(present, from, Buffer.from(bytes));
    if (made === 'late') expect(ask).toThrow(PreconditionFailed);
    else expect(ask()).toBe(made);
  },
);
