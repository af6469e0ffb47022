import { describe, expect, it } from '@jest/globals';
import { bakeEvidence, type BakeInput } from './bake-time.ts';
import type { Windows } from './burn.ts';
import { RENEWAL_MS } from '../fixtures/objects.ts';
import { aRevisionPod, rolledOut, upgraded } from '../fixtures/rollouts.ts';

const MINUTE = 60_000;
const slo = { availability: 99.9 };

function answers(ok: number, failed: number): Windows['long'] {
  return { byStatus: new Map(Object.entries({ 200: ok, 500: failed })), within: new Map() };
}

const failing: Windows = { long: answers(900, 100), short: answers(180, 20), before: answers(1000, 0) };

describe('a revision that crashes in its bake time', () => {
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

describe('a revision that burns its SLO in its bake time', () => {
  it('is rolled back, and does not count as Ready any more', () => {
    const { a, v1, v2 } = upgraded({ slo });
    a.complete();
    expect(a.turn().requeueAfterMs).toBe(RENEWAL_MS);
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

  it('is left alone after its bake time, and then nobody looks again', () => {
    const { a, v2 } = upgraded({ slo });
    a.complete();
    a.turn();
    a.now += 16 * MINUTE;
    const plan = a.turn({ traffic: failing });
    a.turn({ traffic: failing });
    expect(a.current).toBe(v2);
    expect(plan.requeueAfterMs).toBe(RENEWAL_MS);
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

describe('evidence in the bake time', () => {
  const READY = Date.parse('2026-11-22T12:00:00Z');
  const ready = [
    { revision: 'new', at: READY },
    { revision: 'old', at: 0 },
  ];
  const record = { begun: undefined, ready, failed: undefined };

  /** Two minutes after the revision was Ready first; it burns its SLO. */
  function evidence(changes: Partial<BakeInput> = {}): ReturnType<typeof bakeEvidence> {
    return bakeEvidence({
      revision: 'new',
      readyAt: READY,
      record,
      slo,
      pods: [aRevisionPod('a-1', 'new', { readyAt: READY })],
      traffic: failing,
      providersSince: READY,
      needsSince: READY,
      now: READY + 2 * MINUTE,
      ...changes,
    });
  }

  it('is a burnt SLO, and is looked for every 15 s', () => {
    expect(evidence()).toMatchObject({ fault: { reason: 'BurnsSlo' }, againMs: 15_000 });
    expect(evidence({ traffic: undefined })).toStrictEqual({ againMs: 15_000 });
    expect(evidence({ slo: undefined })).toEqual({});
  });

  it('ends a quarter of an hour after the revision was Ready first', () => {
    expect(evidence({ now: READY + 15 * MINUTE - 1 }).fault).toBeDefined();
    expect(evidence({ now: READY + 15 * MINUTE })).toEqual({});
  });

  it('is none where there is no other revision to go back to', () => {
    expect(evidence({ record: { ...record, ready: ready.slice(0, 1) } })).toEqual({});
  });

  it('needs pods of the revision that have been ready for a minute, each of them', () => {
    const pod = (name: string, agoMs: number): BakeInput['pods'][number] =>
      aRevisionPod(name, 'new', { readyAt: READY + 2 * MINUTE - agoMs });
    expect(evidence({ pods: [pod('a-1', MINUTE)] }).fault).toBeDefined();
    expect(evidence({ pods: [pod('a-1', MINUTE), pod('a-2', MINUTE - 1)] }).fault).toBeUndefined();
    expect(evidence({ pods: [aRevisionPod('a-1', 'old', { readyAt: READY })] }).fault).toBeUndefined();
  });

  it('is none of the time in which something that it needs was away: the errors are that one’s', () => {
    const fault = (needsSince: number | undefined, now: number): unknown =>
      evidence({ needsSince, now }).fault?.reason;
    const back = READY + 2 * MINUTE;
    expect([fault(undefined, back), fault(back, back + 5 * MINUTE - 1)]).toEqual([undefined, undefined]);
    expect(fault(back, back + 5 * MINUTE)).toBe('BurnsSlo');
  });

  it('is a crash while stores and broker were up since the revision was Ready', () => {
    const pods = [aRevisionPod('a-1', 'new', { restarts: 3 })];
    const reason = (providersSince: number | undefined): unknown =>
      evidence({ pods, providersSince }).fault?.reason;
    expect([reason(READY), reason(READY + 1), reason(undefined)]).toEqual([
      'CrashLooping',
      undefined,
      undefined,
    ]);
  });
});
