import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { TAG_BYTES, type Aead, type CreateAead } from './aead.ts';
import type { Bytes } from './bytes.ts';

const ALGORITHM = 'ChaCha20-Poly1305';

/** By WebCrypto where the browser has the algorithm, else in JavaScript, which takes some three times as long. */
export const createAead: CreateAead = async (key) => (await byWebCrypto(key)) ?? inJavaScript(key);

async function byWebCrypto(key: Uint8Array): Promise<Aead | undefined> {
  const { subtle } = crypto;
  const imported = await subtle
    .importKey('raw-secret', new Uint8Array(key), ALGORITHM, false, ['encrypt', 'decrypt'])
    .catch(() => undefined);
  if (imported === undefined) return undefined;
  const parameters = (iv: Bytes): { name: string; iv: Bytes; tagLength: number } => ({
    name: ALGORITHM,
    iv,
    tagLength: TAG_BYTES * 8,
  });
  return {
    seal: async (nonce, data) =>
      new Uint8Array(await subtle.encrypt(parameters(nonce), imported, data as Bytes)),
    open: async (nonce, data) =>
      new Uint8Array(await subtle.decrypt(parameters(nonce), imported, data as Bytes)),
  };
}

/** Exported for tests: the way of browsers whose WebCrypto lacks the algorithm. */
export function inJavaScript(key: Uint8Array): Aead {
  return {
    seal: (nonce, plaintext) => chacha20poly1305(key, nonce).encrypt(plaintext),
    open: (nonce, sealed) => chacha20poly1305(key, nonce).decrypt(sealed),
  };
}
