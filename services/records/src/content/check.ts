import { createHash } from 'node:crypto';
import type { BlobStore } from '../blobs/blob-store.ts';
import { AGE_TYPE, AgeFileReader } from './age-file.ts';
import type { ContentKey } from './content-keys.ts';
import { SNIFFED_BYTES } from './media-types.ts';
import type { MediaTypes } from './media-types.ts';
import { openDeclared } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { readAll } from './read-range.ts';
import type { ContentRecord, Refusal } from './record.ts';
import type { Scanner } from './scanner.ts';

export interface CheckOptions {
  readonly blobs: BlobStore;
  readonly scanner: Scanner;
  readonly types: MediaTypes;
}

export type Checked =
  | { readonly manifest: Manifest }
  | { readonly refusal: Refusal; /** What the scanner named. */ readonly found?: string };

/**
 * Reads what was stored, once, as a download will: so a content that is opened later was decrypted at least once. Its checksum, its
 * type and what the scanner says are of these bytes.
 * @throws Unavailable when the scanner cannot tell; Tampered, BlobMissing
 */
export async function checkContent(
  record: ContentRecord,
  key: ContentKey,
  { blobs, scanner, types }: CheckOptions,
): Promise<Checked> {
  const { contentType, sha256: expected } = openDeclared(key, record.declared);
  const { chunkSize, size = record.offset } = record;
  const parts = record.parts.map(({ salt, ...part }) => ({ ...part, salt: salt.toString('base64') }));
  const [hash, fhirHash] = [createHash('sha256'), createHash('sha1')];
  const age = contentType === AGE_TYPE ? new AgeFileReader() : undefined;
  const beginning: Buffer[] = [];
  const looking = async function* (): AsyncGenerator<Buffer> {
    let seen = 0;
    for await (const bytes of readAll({ blobs, key }, { size, chunkSize, parts })) {
      hash.update(bytes);
      fhirHash.update(bytes);
      age?.push(bytes);
      if (seen < SNIFFED_BYTES) beginning.push(Buffer.from(bytes.subarray(0, SNIFFED_BYTES - seen)));
      seen += bytes.length;
      yield bytes;
    }
  };
  const verdict = await scanner.scan(looking());
  if (!verdict.isClean) return { refusal: 'malware', found: verdict.found };
  const sha256 = hash.digest('base64');
  if (expected !== undefined && sha256 !== expected) return { refusal: 'checksum' };
  if (!(await types.fits(contentType, Buffer.concat(beginning)))) return { refusal: 'media-type' };
  const file = await age?.end();
  if (age && !file) return { refusal: 'age-file' };
  const sha1 = fhirHash.digest('base64');
  return { manifest: { contentType, size, chunkSize, sha256, sha1, parts, ...(file ? { age: file } : {}) } };
}
