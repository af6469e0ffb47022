import { createHash } from 'node:crypto';
import type { CreateSha256 } from './sha256.ts';

export const createSha256: CreateSha256 = () => {
  const hash = createHash('sha256');
  return {
    update: (bytes): void => {
      hash.update(bytes);
    },
    digest: () => new Uint8Array(hash.digest()),
  };
};
