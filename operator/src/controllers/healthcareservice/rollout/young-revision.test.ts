import { describe, expect, it } from '@jest/globals';
import type { Windows } from './burn.ts';
import { aRevisionPod, rolledOut, upgraded } from '../fixtures/rollouts.ts';

const MINUTE = 60_000;

describe('a young revision that crashes after it was Ready', () => {
  it('is rolled back: pods that are gone tell Prometheus nothing', () => {
    const { a, v1, v2 } = upgraded();
    a.complete();
    a.turn();
    a.missDeadline(aRevisionPod('a-1', v2, { restarts: 3, said: 'killed' }));
    a.turn();
    const after = a.turn();
    expect(a.current).toBe(v1);
    expect(rolledOut(after)?.message).toContain(`revision ${v2} failed (CrashLooping: pod a-1`);
    expect(a.service.status?.rollout?.ready?.map(({ revision }) => revision)).toEqual([v1]);
  });
});

describe('a young revision that burns its SLO', () => {
  const slo = { availability: 99.9 };
  const failing: Windows = {
    long: { byStatus: new Map([['200', 900], ['500', 100]]), within: new Map() },
    short: { byStatus: new Map([['200', 180], ['500', 20]]), within: new Map() },
    before: { byStatus: new Map([['200', 1000]]), within: new Map() },
  }; // prettier-ignore

  it('is rolled back, and does not count as Ready any more', () => {
    const { a, v1, v2 } = upgraded({ slo });
    a.complete();
    expect(a.turn().requeueAfterMs).toBe(undefined);
    a.now += 2 * MINUTE;
    expect(a.turn().requeueAfterMs).toBe(15_000);
    a.turn({ traffic: failing });
    const done = a.turn();
    expect(a.current).toBe(v1);
    expect(rolledOut(done)?.message).toContain(
      `revision ${v2} failed (BurnsSlo: answers about 10 % of its requests with an error, 99.9 % are to succeed)`,
    );
    expect(a.service.status?.rollout?.ready?.map(({ revision }) => revision)).toEqual([v1]);
  });

  it('is left alone when the one to go back to burned as well: going back would help nobody', () => {
    const { a, v2 } = upgraded({ slo });
    a.complete();
    a.turn();
    a.now += 2 * MINUTE;
    a.turn({ traffic: { ...failing, before: failing.long } });
    a.turn({ traffic: { ...failing, before: failing.long } });
    expect(a.current).toBe(v2);
  });

  it('is left alone when it is no longer young, and then nobody looks again', () => {
    const { a, v2 } = upgraded({ slo });
    a.complete();
    a.turn();
    a.now += 16 * MINUTE;
    const plan = a.turn({ traffic: failing });
    a.turn({ traffic: failing });
    expect(a.current).toBe(v2);
    expect(plan.requeueAfterMs).toBeUndefined();
  });

  it('is left alone while one of its pods is not ready: something else may be down', () => {
    const { a, v2 } = upgraded({ slo });
    a.complete();
    a.turn();
    a.now += 2 * MINUTE;
    a.pods = [...a.pods, aRevisionPod('a-9', v2)];
    a.turn({ traffic: failing });
    a.turn({ traffic: failing });
    expect(a.current).toBe(v2);
  });
});
