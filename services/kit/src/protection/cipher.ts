import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** A ciphertext was changed, moved to another place, or made with another key. Nothing of it is told. */
export class Tampered extends Error {
  override readonly name = 'Tampered';

  constructor() {
    super('a ciphertext does not belong where it was found');
  }
}

/** The first byte of every ciphertext: AES-256-GCM with a random nonce of 96 bits and a tag of 128. */
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES;
export const KEY_BYTES = 32;

/**
 * Encrypts under a key of 256 bits (NIST SP 800-38D). A key may encrypt 2^32 texts with random nonces.
 * @param associated what the text belongs to; the same is needed to decrypt
 * @returns format, nonce, ciphertext, tag
 */
export function encrypt(key: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated);
  const body = cipher.update(plaintext);
  const rest = cipher.final();
  return Buffer.concat([Buffer.of(FORMAT), nonce, body, rest, cipher.getAuthTag()]);
}

/** Decrypts what `encrypt` made. @throws Tampered */
export function decrypt(key: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Buffer {
  if (sealed.length < HEAD_BYTES + TAG_BYTES || sealed[0] !== FORMAT) throw new Tampered();
  const end = sealed.length - TAG_BYTES;
  const nonce = sealed.subarray(1, HEAD_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(end));
  const body = decipher.update(sealed.subarray(HEAD_BYTES, end));
  try {
    return Buffer.concat([body, decipher.final()]);
  } catch {
    body.fill(0);
    throw new Tampered();
  }
}
