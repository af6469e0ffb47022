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
  const declared = openDeclared(key, record.declared);
  const { contentType } = declared;
  const { chunkSize, size = record.offset } = record;
  const parts = record.parts.map(({ salt, ...part }) => ({ ...part, salt: salt.toString('base64') }));
  const [hash, fhirHash] = [createHash('sha256'), createHash('sha1')];
  const age = contentType === AGE_TYPE ? new AgeFileReader() : undefined;
  const beginning = new Beginning();
  const looking = async function* (): AsyncGenerator<Buffer> {
    for await (const bytes of readAll({ blobs, key }, { size, chunkSize, parts })) {
      hash.update(bytes);
      fhirHash.update(bytes);
      age?.push(bytes);
      beginning.push(bytes);
      yield bytes;
    }
  };
  const verdict = await scanner.scan(looking());
  if (!verdict.isClean) return { refusal: 'malware', found: verdict.found };
  const sha256 = hash.digest('base64');
  if (!isAsDeclared(declared, sha256)) return { refusal: 'checksum' };
  if (!(await types.fits(contentType, beginning.bytes))) return { refusal: 'media-type' };
  const file = await age?.end();
  if (age && !file) return { refusal: 'age-file' };
  const sha1 = fhirHash.digest('base64');
  return { manifest: { contentType, size, chunkSize, sha256, sha1, parts, ...(file ? { age: file } : {}) } };
}

function isAsDeclared(
  { sha256: declared }: { readonly sha256?: string | undefined },
  sha256: string,
): boolean {
  return declared === undefined || declared === sha256;
}

/** A copy of the first bytes that pass, by which a media type is known. */
class Beginning {
  bytes = Buffer.alloc(0);

  push(bytes: Buffer): void {
    const missing = SNIFFED_BYTES - this.bytes.length;
    if (missing > 0) this.bytes = Buffer.concat([this.bytes, bytes.subarray(0, missing)]);
  }
}
