import { expect, it } from '@jest/globals';
import { keepDoing } from './keep-doing.ts';

it('does rounds until the end, and tells each that fails with how many failed before it', async () => {
  const end = new AbortController();
  const told: unknown[] = [];
  let rounds = 0;
  const round = (): Promise<void> => {
    rounds += 1;
    if (rounds === 7) end.abort();
    return [2, 3, 5, 7].includes(rounds) ? Promise.reject(new Error(String(rounds))) : Promise.resolve();
  };
  const onError = (error: unknown, failures: number): void => {
    told.push([(error as Error).message, failures]);
  };
  await keepDoing(round, { signal: end.signal, everyMs: 0, backoff: { baseMs: 1, capMs: 2 }, onError });
  expect(told).toEqual([
    ['2', 0],
    ['3', 1],
    ['5', 0], // what the end has cut off is no failure
  ]);
});

it('ends between two rounds without waiting for the next', async () => {
  const end = new AbortController();
  let rounds = 0;
  const round = (): Promise<void> => {
    rounds += 1;
    setImmediate(() => {
      end.abort();
    });
    return Promise.resolve();
  };
  const onError = (): void => {
    throw new Error('nothing failed');
  };
  await keepDoing(round, { signal: end.signal, everyMs: 3_600_000, onError });
  expect(rounds).toBe(1);
});
