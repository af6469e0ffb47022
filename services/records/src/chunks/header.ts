import { Tampered } from '@careplane/kit';
import { LARGEST_CHUNK_BYTES, MOST_CHUNKS, SMALLEST_CHUNK_BYTES } from './sizes.ts';

/** What a part begins with. It is authenticated by each of its chunks. */
export interface PartHeader {
  /** The data key of the document's version: a UUID. */
  readonly keyId: string;
  /** Bytes of plaintext in each chunk but the last one. */
  readonly chunkSize: number;
  /** The number of the part's first chunk within the content. */
  readonly first: number;
  /** Makes the key of this part, which no other part has. */
  readonly salt: Buffer;
}

export const SALT_BYTES = 32;
/** Seven bytes that tell the format, one with its version. */
const MAGIC = Buffer.from('CPCHUNK\u0001', 'latin1');
const AT = { chunkSize: 8, first: 12, keyId: 16, salt: 32 } as const;
export const HEADER_BYTES = AT.salt + SALT_BYTES;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** @throws RangeError for a key id, chunk size or number that the format cannot hold */
export function encodeHeader({ keyId, chunkSize, first, salt }: PartHeader): Buffer {
  if (!UUID.test(keyId) || salt.length !== SALT_BYTES || !isChunkSize(chunkSize) || !isNumber(first)) {
    throw new RangeError('the header of a part cannot hold this key id, chunk size, number or salt');
  }
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32BE(chunkSize, AT.chunkSize);
  bytes.writeUInt32BE(first, AT.first);
  bytes.write(keyId.replaceAll('-', ''), AT.keyId, 'hex');
  salt.copy(bytes, AT.salt);
  return bytes;
}

/** @throws Tampered when it is no header, or of a version that is not known here */
export function decodeHeader(bytes: Uint8Array): PartHeader {
  const header = Buffer.from(bytes);
  if (header.length !== HEADER_BYTES || !header.subarray(0, MAGIC.length).equals(MAGIC)) throw new Tampered();
  const chunkSize = header.readUInt32BE(AT.chunkSize);
  if (!isChunkSize(chunkSize)) throw new Tampered();
  const keyId = header
    .toString('hex', AT.keyId, AT.salt)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { keyId, chunkSize, first: header.readUInt32BE(AT.first), salt: header.subarray(AT.salt) };
}

function isChunkSize(bytes: number): boolean {
  return Number.isInteger(bytes) && bytes >= SMALLEST_CHUNK_BYTES && bytes <= LARGEST_CHUNK_BYTES;
}

function isNumber(first: number): boolean {
  return Number.isInteger(first) && first >= 0 && first < MOST_CHUNKS;
}
