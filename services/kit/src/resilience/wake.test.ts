import { expect, it } from '@jest/globals';
import { createWake } from './wake.ts';

const LONG_MS = 3_600_000;
const never = new AbortController().signal;

it('ends a sleep when it is rung, by itself after a while, and with the signal', async () => {
  const wake = createWake();
  const sleeping = wake.sleep(LONG_MS, never);
  wake.ring();
  await sleeping;
  await wake.sleep(1, never);
  await wake.sleep(LONG_MS, AbortSignal.abort());
});

it('is not lost while nobody sleeps, and keeps awake once only', async () => {
  const wake = createWake();
  wake.ring();
  wake.ring();
  await wake.sleep(LONG_MS, never);
  let isAwake = false;
  const sleeping = wake.sleep(LONG_MS, never).then(() => (isAwake = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isAwake).toBe(false);
  wake.ring();
  await sleeping;
});
