import { describe, expect, it } from '@jest/globals';
import { scheduleKeys, SIGNING_ALGORITHMS } from './key-schedule.ts';
import type { ScheduledKey } from './key-schedule.ts';

const DAY = 86_400_000;
const LIFE = { activeMs: 30 * DAY, aheadMs: DAY, keptMs: 2 * DAY };
const START = new Date('2026-01-01T00:00:00Z');
const at = (days: number): Date => new Date(START.getTime() + days * DAY);

/** Does what the schedule says, once an hour. */
function live(days: number, seen: (keys: ScheduledKey[], now: Date) => void): void {
  let keys: ScheduledKey[] = [];
  let count = 0;
  for (let hour = 0; hour <= days * 24; hour += 1) {
    const now = at(hour / 24);
    const { add, remove } = scheduleKeys(keys, LIFE, now);
    keys = keys.filter(({ _id }) => !remove.includes(_id));
    for (const key of add) keys.push({ ...key, _id: String((count += 1)) });
    seen(keys, now);
  }
}

describe('the schedule of signing keys', () => {
  it('makes a key of each algorithm at once when there is none', () => {
    const { add, remove } = scheduleKeys([], LIFE, START);
    expect(add.map(({ alg }) => alg)).toEqual([...SIGNING_ALGORITHMS]);
    expect(add.every(({ activeFrom }) => activeFrom === START)).toBe(true);
    expect(remove).toEqual([]);
  });

  it('makes the next key a day ahead, for the moment at which the first ends', () => {
    const keys: ScheduledKey[] = SIGNING_ALGORITHMS.map((alg) => ({ _id: alg, alg, activeFrom: START }));
    expect(scheduleKeys(keys, LIFE, at(28.9)).add).toEqual([]);
    expect(scheduleKeys(keys, LIFE, at(29)).add.map(({ activeFrom }) => activeFrom)).toEqual(
      SIGNING_ALGORITHMS.map(() => at(30)),
    );
  });

  it('publishes the next key a day ahead also when nobody has looked for months', () => {
    const keys: ScheduledKey[] = [{ _id: 'old', alg: 'ES256', activeFrom: START }];
    const next = scheduleKeys(keys, LIFE, at(200)).add.find(({ alg }) => alg === 'ES256');
    expect(next?.activeFrom).toEqual(at(201));
  });

  describe('with a key that cannot be opened', () => {
    const closed: ScheduledKey = { _id: 'closed', alg: 'ES256', activeFrom: START, isClosed: true };
    const es256 = (keys: readonly { alg: string }[]): unknown[] => keys.filter(({ alg }) => alg === 'ES256');

    it('makes another one at once, for nobody can sign with it', () => {
      expect(es256(scheduleKeys([closed], LIFE, at(3)).add)).toEqual([{ alg: 'ES256', activeFrom: at(3) }]);
    });

    it('publishes it until what it has signed is over, and no longer', () => {
      const keys: ScheduledKey[] = [closed, { _id: 'next', alg: 'ES256', activeFrom: at(3) }];
      expect(scheduleKeys(keys, LIFE, at(5)).remove).toEqual([]);
      expect(scheduleKeys(keys, LIFE, at(5.1)).remove).toEqual(['closed']);
    });

    it('takes it for the successor of none: the key before it goes on signing', () => {
      const keys: ScheduledKey[] = [
        { _id: 'signs', alg: 'ES256', activeFrom: START },
        { ...closed, activeFrom: at(1) },
      ];
      const { add, remove } = scheduleKeys(keys, LIFE, at(20));
      expect([es256(add), remove]).toEqual([[], []]);
    });
  });

  it('has, for a year, always one key that signs, known a day before, and at most three of each algorithm', () => {
    const firstSeen = new Map<string, Date>();
    live(365, (keys, now) => {
      for (const { _id } of keys) if (!firstSeen.has(_id)) firstSeen.set(_id, now);
      for (const alg of SIGNING_ALGORITHMS) {
        const mine = keys.filter((key) => key.alg === alg);
        const signer = mine.filter(({ activeFrom }) => activeFrom <= now).at(-1);
        expect(signer).toBeDefined();
        expect(mine.length).toBeLessThanOrEqual(3);
        const known = firstSeen.get(signer?._id ?? '') ?? now;
        if (known > START) expect(now.getTime() - known.getTime()).toBeGreaterThanOrEqual(DAY);
      }
    });
    expect(firstSeen.size).toBe(3 * 13);
  });
});
