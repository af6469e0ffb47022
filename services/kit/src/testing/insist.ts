import { setTimeout as delay } from 'node:timers/promises';

const AGAIN_MS = 100;

/**
 * Asks as a client does that is told to come again (409 with Retry-After): the first request with an Idempotency-Key may commit later
 * than its twins wait for it.
 */
export async function insist<T extends { readonly status: number; readonly headers: Headers }>(
  ask: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 409 || answer.headers.get('retry-after') === null) return answer;
    await delay(AGAIN_MS);
  }
}
