import { sha256 } from '@noble/hashes/sha2.js';
import type { CreateSha256 } from './sha256.ts';

/** WebCrypto hashes only what is in memory as a whole. */
export const createSha256: CreateSha256 = () => {
  const hash = sha256.create();
  return {
    update: (bytes): void => {
      hash.update(bytes);
    },
    digest: () => new Uint8Array(hash.digest()),
  };
};
