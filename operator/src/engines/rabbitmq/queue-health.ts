import type { QueueView, QueueViews } from './queue-views.ts';

/** Quorum queues that are not well, by name. */
export interface QueueHealth {
  /** Those that answer nothing. */
  silent: string[];
  /** Those without a leader, or with no majority of their members online: they take and give nothing. */
  leaderless: string[];
  /** Those that work, with fewer members online than there are to be. */
  degraded: string[];
  /** Those of them that have a member which is not online: they may stop with the next node. */
  behind: string[];
  /** Why no queue could be asked. */
  problem: string | undefined;
}

/**
 * Judges the queues of these names by what they tell.
 * @param size members that each queue is to have; queues that were made on fewer nodes get the others from the broker
 */
export function queueHealth(names: readonly string[], views: QueueViews, size: number): QueueHealth {
  const health: QueueHealth = { silent: [], leaderless: [], degraded: [], behind: [], problem: undefined };
  if (typeof views === 'string') return { ...health, silent: [...names], problem: views };
  for (const name of names) for (const list of listsOf(views.get(name), size)) health[list].push(name);
  return health;
}

/** The lists of which a queue is one. */
function listsOf(
  { leader, members, online }: Partial<QueueView> = {},
  size: number,
): Exclude<keyof QueueHealth, 'problem'>[] {
  if (members === undefined || online === undefined) return ['silent'];
  if (!isServed({ leader, members, online })) return ['leaderless'];
  if (online.length < members.length) return ['degraded', 'behind'];
  return online.length < size ? ['degraded'] : [];
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
