import { LRUCache } from 'lru-cache';
import type { Access } from './entry.ts';

/** Decides which refused accesses get an entry. */
export interface Refusals {
  /** What is to be written of this one: itself, an entry that stands for several, or nothing yet. */
  admit(access: Access): readonly Access[];
}

export interface RefusalLimits {
  /** So many of one caller get an entry each within the window. */
  readonly single: number;
  readonly windowMs: number;
  /** Callers that are remembered; those that were refused the longest ago make room. */
  readonly callers: number;
  readonly now: () => number;
}

const LIMITS: RefusalLimits = { single: 100, windowMs: 600_000, callers: 10_000, now: Date.now };

interface Tally {
  readonly startedAt: number;
  refused: number;
  /** Counted, and in no entry yet. */
  waiting: number;
  last: Access;
}

/**
 * Whoever is refused thousands of times must not fill the disk with it. Beyond the limit the refusals of a caller are counted, and an entry
 * with the count is written each time their number has doubled: so that what a crash forgets is never more than half of them, and no
 * timer has to fire. The rest of a window is written with the first refusal after it.
 */
export function boundRefusals(given: Partial<RefusalLimits> = {}): Refusals {
  const { single, windowMs, callers, now } = { ...LIMITS, ...given };
  const tallies = new LRUCache<string, Tally>({ max: callers });
  return {
    admit(access): readonly Access[] {
      const caller = callerOf(access);
      const known = tallies.get(caller);
      const isOver = known !== undefined && now() - known.startedAt >= windowMs;
      const rest = isOver && known.waiting > 0 ? [countOf(known.last, known.waiting)] : [];
      const tally = known && !isOver ? known : { startedAt: now(), refused: 0, waiting: 0, last: access };
      tallies.set(caller, tally);
      return [...rest, ...count(tally, access, single)];
    },
  };
}

function count(tally: Tally, access: Access, single: number): readonly Access[] {
  tally.refused += 1;
  tally.last = access;
  if (tally.refused <= single) return [access];
  tally.waiting += 1;
  if (!isDoubled(tally.refused / single)) return [];
  const { waiting } = tally;
  tally.waiting = 0;
  return [countOf(access, waiting)];
}

function isDoubled(times: number): boolean {
  return Number.isInteger(Math.log2(times));
}

/** The last of several stands for all: what they were about is not said. */
function countOf({ action, outcome, reason, agent, purpose }: Access, several: number): Access {
  return {
    action,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    agent,
    ...(purpose === undefined ? {} : { purpose }),
    entities: [],
    count: several,
  };
}

function callerOf({ agent: { role, account = '', client = '' } }: Access): string {
  return `${role} ${account} ${client}`;
}
