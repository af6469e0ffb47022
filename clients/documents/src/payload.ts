import { createAead } from '#aead';
import { randomBytes } from '@noble/hashes/utils.js';
import { TAG_BYTES, type Aead } from './aead.ts';
import { concat, type Bytes } from './bytes.ts';
import { inChunks } from './chunks.ts';
import { DocumentError } from './document-error.ts';
import { payloadKey } from './file-key.ts';

/** The payload of an age file is a nonce of 16 bytes and then chunks of so many bytes of content, each sealed alone; the last may be shorter. */
export const CHUNK_BYTES = 65_536;
const NONCE_BYTES = 16;

/** Content in, payload out. */
export function encryptPayload(fileKey: Uint8Array): TransformStream<Uint8Array, Uint8Array> {
  const nonce = randomBytes(NONCE_BYTES);
  let aead: Aead;
  return inChunks(CHUNK_BYTES, {
    async start(enqueue): Promise<void> {
      aead = await createAead(payloadKey(fileKey, nonce));
      enqueue(nonce);
    },
    work: (chunk, index, isLast) => aead.seal(chunkNonce(index, isLast), chunk),
  });
}

/** Payload in, content out: each chunk once its tag was checked. That all has come is certain only when the stream has ended without an error.
 * Errors the stream with DocumentError payload-tampered. */
export function decryptPayload(fileKey: Uint8Array): TransformStream<Uint8Array, Uint8Array> {
  let nonce: Bytes = new Uint8Array();
  let aead: Aead | undefined;
  return inChunks(CHUNK_BYTES + TAG_BYTES, {
    async take(input): Promise<Uint8Array> {
      if (aead !== undefined) return input;
      const missing = NONCE_BYTES - nonce.length;
      nonce = concat([nonce, input.subarray(0, missing)]);
      if (nonce.length === NONCE_BYTES) aead = await createAead(payloadKey(fileKey, nonce));
      return input.subarray(missing);
    },
    async work(chunk, index, isLast): Promise<Uint8Array> {
      if (aead === undefined || chunk.length < TAG_BYTES) throw tampered();
      const content = await open(aead, chunkNonce(index, isLast), chunk);
      // A content that fills its last chunk is not followed by an empty one: one content has one form.
      if (isLast && index > 0 && content.length === 0) throw tampered();
      return content;
    },
  });
}

/** How many bytes the payload of so many bytes of content has. */
export function payloadSize(contentBytes: number): number {
  return NONCE_BYTES + contentBytes + TAG_BYTES * Math.max(1, Math.ceil(contentBytes / CHUNK_BYTES));
}

async function open(aead: Aead, nonce: Bytes, sealed: Uint8Array): Promise<Uint8Array> {
  try {
    return await aead.open(nonce, sealed);
  } catch {
    throw tampered();
  }
}

/** The number of the chunk in eleven bytes, and whether it is the last. */
function chunkNonce(index: number, isLast: boolean): Bytes {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(3, BigInt(index));
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

function tampered(): DocumentError {
  return new DocumentError(
    'payload-tampered',
    'the document was changed or cut: what came so far is authentic, the rest is not',
  );
}
