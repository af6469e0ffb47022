import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { collect, generateKey, publicKeyOf, recipient, seal, streamOf } from '@careplane/documents';
import { AgeFileReader, recipientKindsOf } from './age-file.ts';
import type { AgeFile } from './age-file.ts';

async function ageFile(length: number): Promise<{ header: Buffer; payload: Buffer }> {
  const to = recipient(await publicKeyOf(await generateKey('x25519')));
  const { header, payload } = await seal(streamOf(randomBytes(length)), [to]);
  return { header: Buffer.from(header), payload: Buffer.from(await collect(payload)) };
}

function inspect(file: Buffer, size = file.length): Promise<AgeFile | undefined> {
  const reader = new AgeFileReader();
  for (let at = 0; at < file.length; at += size) {
    const piece = Buffer.from(file.subarray(at, at + size));
    reader.push(piece);
    piece.fill(0); // its memory is used again
  }
  return reader.end();
}

describe('an age file that passes', () => {
  it.each([1, 7, 64, 1_000_000])(
    'in pieces of %d bytes shows where its payload is, and its digest',
    async (size) => {
      const { header, payload } = await ageFile(70_000);
      expect(await inspect(Buffer.concat([header, payload]), size)).toEqual({
        headerBytes: header.length,
        payloadSha256: createHash('sha256').update(payload).digest('base64'),
      });
    },
  );

  it('may have a payload that looks like the end of a header', async () => {
    const { header, payload } = await ageFile(100);
    const odd = Buffer.concat([payload.subarray(0, 20), Buffer.from('\n--- abc\n'), payload.subarray(29)]);
    expect((await inspect(Buffer.concat([header, odd])))?.headerBytes).toBe(header.length);
  });

  it('is none without a header, a recipient or a payload', async () => {
    const { header, payload } = await ageFile(100);
    for (const bytes of [
      Buffer.alloc(0),
      payload,
      header,
      Buffer.concat([header, payload.subarray(0, 31)]),
      Buffer.concat([header.subarray(0, -1), payload]),
      Buffer.concat([Buffer.from(`age-encryption.org/v1\n--- ${'A'.repeat(43)}\n`), payload]),
    ])
      expect(await inspect(bytes, 50)).toBeUndefined();
  });
});

it('the kinds of recipients leave out what age adds to wrap nothing', async () => {
  const { header } = await ageFile(0);
  const [version = '', ...lines] = header.toString().split('\n');
  const greased = [version, '-> x-grease a', '', ...lines].join('\n');
  expect(await recipientKindsOf(Buffer.from(greased))).toEqual(['x25519']);
});
