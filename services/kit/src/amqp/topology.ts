/** The names of the topology that the operator makes (docs/concepts/contracts.md); a service declares nothing itself. */
export const EVENTS_EXCHANGE = 'careplane.events';
export const RETRY_EXCHANGE = 'careplane.retry';
export const DEAD_EXCHANGE = 'careplane.dead';

/** How many times a message has been retried. */
export const ATTEMPT_HEADER = 'x-careplane-attempt';
/** Why a message is in a dead-letter queue: a code. */
export const REASON_HEADER = 'x-careplane-reason';

/** The delays of the retry queues, in the order in which they are used. */
export const RETRY_STEPS = ['1s', '10s', '60s'] as const;

/**
 * The retry queue for the attempt that follows: 1 s, 10 s, then 60 s each time.
 * @param attempt attempts made so far, from 1.
 */
export function retryQueue(service: string, attempt: number): string {
  const step = RETRY_STEPS[Math.min(attempt, RETRY_STEPS.length) - 1] ?? '60s';
  return `${service}.retry.${step}`;
}

/** The dead-letter queue of a service. */
export function deadQueue(service: string): string {
  return `${service}.dead`;
}
