import { describe, expect, it } from '@jest/globals';
import { claimedIndexes, claimedMembers, claimsByPod, type ClaimsByPod } from './claims.ts';

function claimsOf(...names: string[]): ClaimsByPod {
  const list = (): unknown[] =>
    names.map((name) => ({
      metadata: { name, ...(name.endsWith('9') ? { deletionTimestamp: '2026-11-30T00:00:00Z' } : {}) },
    }));
  return claimsByPod({ list } as never, 'clinic', {});
}

describe('claims of data volumes', () => {
  it('are known by the names of their pods, and without those that are on their way out', () => {
    expect([...claimsOf('data-db-2', 'data-db-9').keys()]).toEqual(['db-2']);
  });

  it('tell how many members a set had: the highest may be needed, whatever is missing below it', () => {
    expect(claimedIndexes(claimsOf('data-db-10', 'data-db-2', 'data-db'))).toEqual([2, 10]);
    expect(claimedMembers(claimsOf('data-broker-0', 'data-broker-2'))).toBe(3);
    expect(claimedMembers(claimsOf())).toBe(0);
  });
});
