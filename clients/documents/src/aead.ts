import type { Bytes } from './bytes.ts';

/** ChaCha20-Poly1305 (RFC 8439) by one key, without associated data: the tag of 16 bytes follows the ciphertext. */
export interface Aead {
  seal(nonce: Bytes, plaintext: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** @throws (or rejects) when the tag does not fit */
  open(nonce: Bytes, sealed: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** `#aead` gives the fastest that there is: of Node `aead-node.ts`, elsewhere `aead-web.ts`. */
export type CreateAead = (key: Uint8Array) => Promise<Aead>;

export const TAG_BYTES = 16;
