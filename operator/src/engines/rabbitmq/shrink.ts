import type { QueueView } from './queue-views.ts';

/** A cluster that is to have fewer nodes. */
export interface ShrinkInput {
  /** Erlang's names of the nodes that there are, in the order of their pods. */
  present: readonly string[];
  /** How many of them are to stay. */
  wanted: number;
  running: ReadonlySet<string>;
  /** The queues of all vhosts. */
  queues: readonly QueueView[];
}

/** The node that leaves next, or what stands against it. */
export type ShrinkStep = { leaving: string } | { blocked: string };

/** Queues in a message. */
const SHOWN = 10;

/**
 * The next step to fewer nodes. Pure. One node leaves at a time, the last one first, and only while all are up: its members of
 * quorum queues are removed by the others' majority.
 */
export function shrinkStep({ present, wanted, running, queues }: ShrinkInput): ShrinkStep {
  const down = present.filter((node) => !running.has(node));
  if (down.length > 0) return { blocked: `every node has to be up, and these are not: ${down.join(', ')}` };
  const staying = new Set(present.slice(0, wanted));
  const standing = queues.filter((queue) => !survives(queue, staying, running)).map(nameOf);
  if (standing.length > 0) return { blocked: blockedBy(standing) };
  return { leaving: present.at(-1) ?? '' };
}

/** Whether a queue goes on with the nodes that stay alone. */
function survives(queue: QueueView, staying: ReadonlySet<string>, running: ReadonlySet<string>): boolean {
  const { type, node, members, online, leader } = queue;
  if (type !== 'quorum') return node !== undefined && staying.has(node);
  if (leader === undefined || members === undefined || online === undefined) return false;
  const isWhole = members.every((member) => running.has(member) && online.includes(member));
  return isWhole && members.some((member) => staying.has(member));
}

function nameOf({ vhost, name, type }: QueueView): string {
  return `${vhost ?? ''}/${name}${type === 'quorum' ? '' : ` (${type ?? 'unknown'})`}`;
}

function blockedBy(standing: readonly string[]): string {
  const shown = [...standing].sort().slice(0, SHOWN).join(', ');
  const more = standing.length > SHOWN ? `, and ${standing.length - SHOWN} more` : '';
  return `these queues would lose messages: ${shown}${more}`;
}
