import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { randomBytes } from '@noble/hashes/utils.js';

/** The secret of one version of one document. From it come the keys of header and payload (c2sp.org/age). */
export const FILE_KEY_BYTES = 16;

export function newFileKey(): Uint8Array {
  return randomBytes(FILE_KEY_BYTES);
}

/** The HMAC of a header, over everything up to and with its last three dashes. */
export function headerMac(fileKey: Uint8Array, signed: Uint8Array): Uint8Array {
  return hmac(sha256, derive(fileKey, 'header'), signed);
}

/** The key of a payload, which begins with this nonce. */
export function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Uint8Array {
  return derive(fileKey, 'payload', nonce);
}

/** A key for a purpose of its own, which says nothing about the file key. */
export function derive(fileKey: Uint8Array, purpose: string, salt?: Uint8Array): Uint8Array {
  return hkdf(sha256, fileKey, salt, new TextEncoder().encode(purpose), 32);
}
