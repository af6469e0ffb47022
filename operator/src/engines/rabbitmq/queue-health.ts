import type { QueueViews } from './queue-views.ts';

/** Quorum queues that are not well, by name; each is in one list. */
export interface QueueHealth {
  /** Those that answer nothing. */
  silent: string[];
  /** Those without a leader, or with no majority of their members online: they take and give nothing. */
  leaderless: string[];
  /** Those that work, with fewer members online than there are to be. */
  degraded: string[];
  /** Why no queue could be asked. */
  problem: string | undefined;
}

/**
 * Judges the queues of these names by what they tell.
 * @param size members that each queue is to have; queues that were made on fewer nodes get the others from the broker
 */
export function queueHealth(names: readonly string[], views: QueueViews, size: number): QueueHealth {
  const health: QueueHealth = { silent: [], leaderless: [], degraded: [], problem: undefined };
  if (typeof views === 'string') return { ...health, silent: [...names], problem: views };
  for (const name of names) {
    const { leader, members, online } = views.get(name) ?? {};
    if (members === undefined || online === undefined) health.silent.push(name);
    else if (!isServed({ leader, members, online })) health.leaderless.push(name);
    else if (online.length < Math.max(members.length, size)) health.degraded.push(name);
  }
  return health;
}

/** A majority of the members elects the leader and confirms each message. */
function isServed({ leader, members, online }: Placement): boolean {
  return leader !== undefined && online.includes(leader) && online.length * 2 > members.length;
}

interface Placement {
  leader: string | undefined;
  members: readonly string[];
  online: readonly string[];
}
