import type { BlobStore } from '../blobs/blob-store.ts';
import { chunkLength, chunksOf, HEADER_BYTES, PartReader, TAG_BYTES } from '../chunks/index.ts';
import type { ByteRange, ChunkSpan } from '../chunks/index.ts';
import type { ContentKey } from './content-keys.ts';
import type { Manifest } from './manifest.ts';

type Parts = Pick<Manifest, 'size' | 'chunkSize' | 'parts'>;

/** The bytes of a range, both ends included; of each blob only the chunks that hold it are read. @throws Tampered, BlobMissing */
export async function* readRange(
  { blobs, key }: { blobs: BlobStore; key: ContentKey },
  content: Parts,
  range: ByteRange,
): AsyncGenerator<Buffer> {
  const { from, to, skip } = chunksOf(range, content.chunkSize);
  let [before, left] = [skip, range.end - range.start + 1];
  for (const part of content.parts) {
    const span = { from: Math.max(from, part.first), to: Math.min(to, part.first + part.chunks - 1) };
    if (span.from > span.to) continue;
    for await (const chunk of readPart({ blobs, key }, content, { part, span })) {
      const bytes = chunk.subarray(before, before + left);
      [before, left] = [0, left - bytes.length];
      yield bytes;
    }
  }
}

/** All bytes. Of an empty content the one chunk is opened, too: it may have been replaced. */
export function readAll(
  access: { blobs: BlobStore; key: ContentKey },
  content: Parts,
): AsyncGenerator<Buffer> {
  return readRange(access, content, { start: 0, end: Math.max(0, content.size - 1) });
}

async function* readPart(
  { blobs, key }: { blobs: BlobStore; key: ContentKey },
  { size, chunkSize }: Parts,
  { part, span }: { part: Parts['parts'][number]; span: ChunkSpan },
): AsyncGenerator<Buffer> {
  const header = { keyId: key.id, chunkSize, first: part.first, salt: Buffer.from(part.salt, 'base64') };
  const reader = new PartReader({ dataKey: key.bytes, place: key.place, header, size });
  const start = HEADER_BYTES + (span.from - part.first) * (chunkSize + TAG_BYTES);
  const whole = (span.to - span.from) * (chunkSize + TAG_BYTES);
  const end = start + whole + chunkLength({ size, chunkSize }, span.to) + TAG_BYTES - 1;
  try {
    yield* reader.read(blobs.read(part.blob, { start, end }), span);
  } finally {
    reader.close();
  }
}
