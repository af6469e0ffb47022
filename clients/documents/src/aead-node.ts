import { createCipheriv, createDecipheriv } from 'node:crypto';
import { TAG_BYTES, type CreateAead } from './aead.ts';

const ALGORITHM = 'chacha20-poly1305';
const OPTIONS = { authTagLength: TAG_BYTES };

/** By Node's OpenSSL: ten times as fast as JavaScript. */
export const createAead: CreateAead = (key) =>
  Promise.resolve({
    seal(nonce, plaintext): Uint8Array {
      const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS);
      const ciphertext = [cipher.update(plaintext), cipher.final()];
      return bytesOf(Buffer.concat([...ciphertext, cipher.getAuthTag()]));
    },
    open(nonce, sealed): Uint8Array {
      const end = sealed.length - TAG_BYTES;
      const decipher = createDecipheriv(ALGORITHM, key, nonce, OPTIONS);
      decipher.setAuthTag(sealed.subarray(end));
      const plaintext = decipher.update(sealed.subarray(0, end));
      decipher.final();
      return bytesOf(plaintext);
    },
  });

/** A Buffer is no plain Uint8Array: its `slice` copies nothing. */
function bytesOf({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
