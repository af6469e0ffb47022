import type { Access, AuditTrail } from '../index.ts';

export interface TestTrail extends AuditTrail {
  /** What was recorded, in order. */
  readonly entries: Access[];
  /** Called before anything is recorded: throws where nothing can be. */
  fails?: (() => void) | undefined;
}

/** A trail in memory. */
export function createTestTrail(): TestTrail {
  const trail: TestTrail = {
    entries: [],
    async record(accesses) {
      await Promise.resolve();
      trail.fails?.();
      trail.entries.push(...accesses);
    },
    add: (tx, accesses) => {
      tx.afterCommit(() => trail.entries.push(...accesses));
      return Promise.resolve();
    },
  };
  return trail;
}
