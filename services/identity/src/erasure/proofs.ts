import { createHmac, timingSafeEqual } from 'node:crypto';
import { framed } from '@careplane/kit';
import type { LedgerEntry } from '@careplane/kit';

type Erasure = Omit<LedgerEntry, 'proof'>;

/**
 * By a proof, HMAC-SHA-256 over both ids, identity knows an erasure again as its own after its database was restored: whoever can only
 * report erasures cannot make one.
 */
export interface ErasureProofs {
  prove(erasure: Erasure): string;
  isProven(entry: LedgerEntry): boolean;
}

/** @param keys the current one first; former ones check what they have proven */
export function erasureProofs(keys: readonly Buffer[]): ErasureProofs {
  const [current] = keys;
  if (!current) throw new TypeError('a key for proofs is needed');
  return {
    prove: (erasure) => digestOf(current, erasure).toString('base64url'),
    isProven({ proof, ...erasure }): boolean {
      const said = Buffer.from(proof, 'base64url');
      return keys.some((key) => {
        const expected = digestOf(key, erasure);
        return said.length === expected.length && timingSafeEqual(said, expected);
      });
    },
  };
}

function digestOf(key: Buffer, { erasureId, patientId }: Erasure): Buffer {
  return createHmac('sha256', key)
    .update(framed(['erasure', erasureId, patientId]))
    .digest();
}
