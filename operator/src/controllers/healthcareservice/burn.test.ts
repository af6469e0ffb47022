import { describe, expect, it } from '@jest/globals';
import { burnOf } from './burn.ts';
import type { Traffic } from './burn.ts';

function answered(ok: number, failed: number, slow = 0): Traffic {
  const all = ok + failed;
  return {
    byStatus: new Map([
      ['200', ok],
      ['503', failed],
    ]),
    within: new Map([
      [0.1, all - slow],
      [0.2, all - slow],
      [5, all],
    ]),
  };
}

const slo = { availability: 99.9 };

describe('a burnt SLO', () => {
  it('is 14.4 times the error budget, in the long and the short window', () => {
    expect(burnOf(slo, { long: answered(985, 15), short: answered(197, 3) })).toContain('with an error');
    expect(burnOf(slo, { long: answered(986, 14), short: answered(197, 3) })).toBeUndefined();
  });

  it('is none when it is over: the short window is clean', () => {
    expect(burnOf(slo, { long: answered(900, 100), short: answered(200, 0) })).toBeUndefined();
  });

  it.each([
    ['one of two requests at night', answered(1, 1)],
    ['a few requests, all failing', answered(0, 49)],
    ['few errors in little traffic', answered(56, 4)],
  ])('is not %s', (_, traffic) => {
    expect(burnOf(slo, { long: traffic, short: traffic })).toBeUndefined();
  });

  it('is every third request later than the p95 that is promised', () => {
    const traffic = answered(100, 0, 31);
    const message = burnOf({ latencyP95: '200ms' }, { long: traffic, short: traffic });
    expect(message).toBe('answers about 30 % of its requests later than 200ms, at most 5 % may be');
    const fine = answered(100, 0, 29);
    expect(burnOf({ latencyP95: '200ms' }, { long: fine, short: fine })).toBeUndefined();
  });

  it('is judged by the next bound above the target, in doubt for the revision', () => {
    const traffic = answered(100, 0, 90);
    expect(burnOf({ latencyP95: '1s' }, { long: traffic, short: traffic })).toBeUndefined();
    expect(burnOf({ latencyP95: '20s' }, { long: traffic, short: traffic })).toBeUndefined();
  });

  it('is none where nothing is promised', () => {
    const bad = answered(0, 1000);
    expect(burnOf(undefined, { long: bad, short: bad })).toBeUndefined();
  });

  it('is all requests failing, even where half of them may', () => {
    const bad = answered(0, 1000);
    expect(burnOf({ availability: 50 }, { long: bad, short: bad })).toContain('about 100 %');
  });
});
