import { createCipheriv, createDecipheriv } from 'node:crypto';
import { TAG_BYTES, type CreateAead } from './aead.ts';

const ALGORITHM = 'chacha20-poly1305';
const OPTIONS = { authTagLength: TAG_BYTES };

/** By Node's OpenSSL: ten times as fast as JavaScript. */
export const createAead: CreateAead = (key) =>
  Promise.resolve({
    seal(nonce, plaintext): Uint8Array {
      const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS);
      const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
      sealed.set(cipher.update(plaintext));
      cipher.final();
      sealed.set(cipher.getAuthTag(), plaintext.length);
      return sealed;
    },
    open(nonce, sealed): Uint8Array {
      const end = sealed.length - TAG_BYTES;
      const decipher = createDecipheriv(ALGORITHM, key, nonce, OPTIONS);
      decipher.setAuthTag(sealed.subarray(end));
      const plaintext = decipher.update(sealed.subarray(0, end));
      decipher.final();
      return plaintext;
    },
  });
