import type { QueueHealth } from '../../engines/rabbitmq/queue-health.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import { QueuesAvailable } from './conditions.ts';

/** Queues in a message. */
const SHOWN = 10;

/** The condition `QueuesAvailable`, which names the queues. */
export function queuesAvailable({ silent, leaderless, degraded, problem }: QueueHealth): JudgedCondition {
  if (leaderless.length > 0) {
    const message = `no leader, or no majority of the members online: ${named(leaderless)}`;
    return QueuesAvailable.because(
      'NoMajority',
      silent.length > 0 ? `${message}; no answer: ${named(silent)}` : message,
    );
  }
  if (silent.length > 0) {
    const why = problem === undefined ? '' : ` (${problem})`;
    return QueuesAvailable.because('NoAnswer', `these queues do not answer: ${named(silent)}${why}`);
  }
  if (degraded.length > 0)
    return QueuesAvailable.because('MembersMissing', `not every member is online: ${named(degraded)}`);
  return QueuesAvailable.because('Available', 'every declared queue has a leader and all its members online');
}

/** Whether no queue would lose its majority with one more node: members that a queue is yet to get are no reason to wait. */
export function canSpare({ silent, leaderless, behind }: QueueHealth): boolean {
  return silent.length + leaderless.length + behind.length === 0;
}

/** The condition as long as no queue can be asked. */
export const QUEUES_UNASKED = QueuesAvailable.because('Waiting', 'queues are asked when the broker is up');

function named(queues: readonly string[]): string {
  const shown = [...queues].sort().slice(0, SHOWN).join(', ');
  return queues.length > SHOWN ? `${shown}, and ${queues.length - SHOWN} more` : shown;
}
