import { describe, expect, it } from '@jest/globals';
import { burnOf, type Traffic, type Windows } from './burn.ts';

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

/** Of a service of which nothing is known from before. */
function windows(long: Traffic, short: Traffic = long, before: Traffic = answered(0, 0)): Windows {
  return { long, short, before };
}

describe('a burnt SLO', () => {
  it('is 14.4 times the error budget, in the long and the short window', () => {
    expect(burnOf(slo, windows(answered(985, 15), answered(197, 3)))).toContain('with an error');
    expect(burnOf(slo, windows(answered(986, 14), answered(197, 3)))).toBeUndefined();
  });

  it('is none when it is over: the short window is clean', () => {
    expect(burnOf(slo, windows(answered(900, 100), answered(200, 0)))).toBeUndefined();
  });

  it.each([
    ['one of two requests at night', answered(1, 1)],
    ['a few requests, all failing', answered(0, 49)],
    ['few errors in little traffic', answered(56, 4)],
  ])('is not %s', (_, traffic) => {
    expect(burnOf(slo, windows(traffic))).toBeUndefined();
  });

  it('is every third request later than the p95 that is promised', () => {
    const traffic = answered(100, 0, 31);
    const message = burnOf({ latencyP95: '200ms' }, windows(traffic));
    expect(message).toBe('answers about 30 % of its requests later than 200ms, at most 5 % may be');
    const fine = answered(100, 0, 29);
    expect(burnOf({ latencyP95: '200ms' }, windows(fine))).toBeUndefined();
  });

  it('is judged by the next bound above the target, in doubt for the revision', () => {
    const traffic = answered(100, 0, 90);
    expect(burnOf({ latencyP95: '1s' }, windows(traffic))).toBeUndefined();
    expect(burnOf({ latencyP95: '20s' }, windows(traffic))).toBeUndefined();
  });

  it('is none where the service did half as badly before the revision came', () => {
    const bad = answered(900, 100);
    const judge = (before: Traffic): string | undefined => burnOf(slo, windows(bad, bad, before));
    expect(judge(answered(940, 60))).toBeUndefined();
    expect(judge(answered(960, 40))).toContain('with an error');
    expect(judge(answered(0, 1000))).toBeUndefined();
  });

  it('is one where the service did badly before in another way, or with too few requests to tell', () => {
    const bad = answered(900, 100);
    expect(burnOf({ ...slo, latencyP95: '200ms' }, windows(bad, bad, answered(1000, 0, 900)))).toContain(
      'with an error',
    );
    expect(burnOf(slo, windows(bad, bad, answered(0, 49)))).toContain('with an error');
  });

  it('is, of slow answers, measured by those of before in the same way', () => {
    const slow = answered(100, 0, 60);
    const promise = { latencyP95: '200ms' };
    expect(burnOf(promise, windows(slow, slow, answered(100, 0, 31)))).toBeUndefined();
    expect(burnOf(promise, windows(slow, slow, answered(100, 0, 29)))).toContain('later than 200ms');
  });

  it('is none where nothing is promised', () => {
    const bad = answered(0, 1000);
    expect(burnOf(undefined, windows(bad))).toBeUndefined();
  });

  it('takes 50 requests and 5 errors', () => {
    expect(burnOf(slo, windows(answered(45, 5)))).toContain('about 10 %');
    expect(burnOf(slo, windows(answered(46, 4)))).toBeUndefined();
    expect(burnOf(slo, windows(answered(44, 5)))).toBeUndefined();
  });

  it('is no answer that blames the caller', () => {
    const byStatus = new Map(Object.entries({ 404: 900, 200: 100 }));
    const refused = { byStatus, within: new Map() };
    expect(burnOf(slo, windows(refused))).toBeUndefined();
  });

  it('takes an error in the short window, also where no error may be', () => {
    const strict = { availability: 100 };
    expect(burnOf(strict, windows(answered(95, 5), answered(20, 0)))).toBeUndefined();
    expect(burnOf(strict, windows(answered(95, 5), answered(19, 1)))).toContain('100 % are to succeed');
  });

  it('is twice as badly as before, no less; 50 requests are enough to know how badly that was', () => {
    const bad = answered(900, 100);
    expect(burnOf(slo, windows(bad, bad, answered(950, 50)))).toContain('with an error');
    expect(burnOf(slo, windows(bad, bad, answered(949, 51)))).toBeUndefined();
    expect(burnOf(slo, windows(bad, bad, answered(0, 50)))).toBeUndefined();
  });

  it('is measured in the short window by the same limit as in the long one', () => {
    const bad = answered(900, 100);
    expect(burnOf(slo, windows(bad, answered(199, 1), answered(960, 40)))).toBeUndefined();
  });

  it('takes what is in the bucket of the target for fast, and of several buckets the next one', () => {
    const within = new Map([
      [5, 100],
      [0.2, 100],
      [0.1, 60],
    ]);
    const traffic = { byStatus: new Map([['200', 100]]), within };
    expect(burnOf({ latencyP95: '100ms' }, windows(traffic))).toContain('about 40 %');
    expect(burnOf({ latencyP95: '101ms' }, windows(traffic))).toBeUndefined();
  });

  it('is told in whole percents below ten, and in tens from there', () => {
    expect(burnOf(slo, windows(answered(9_810, 190)))).toContain('answers 2 % of');
    expect(burnOf(slo, windows(answered(901, 99)))).toContain('answers 10 % of');
    expect(burnOf(slo, windows(answered(900, 100)))).toContain('answers about 10 % of');
    expect(burnOf(slo, windows(answered(440, 560)))).toContain('answers about 60 % of');
  });

  it('is all requests failing, even where half of them may', () => {
    const bad = answered(0, 1000);
    expect(burnOf({ availability: 50 }, windows(bad))).toContain('about 100 %');
  });

  it('is told in words: whole percents below ten, tens above', () => {
    expect(burnOf(slo, windows(answered(985, 15)))).toBe(
      'answers 2 % of its requests with an error, 99.9 % are to succeed',
    );
    expect(burnOf(slo, windows(answered(900, 100)))).toBe(
      'answers about 10 % of its requests with an error, 99.9 % are to succeed',
    );
    expect(burnOf(slo, windows(answered(740, 260)))).toContain('about 30 %');
  });

  it('is one from 50 requests and five failures on', () => {
    expect(burnOf(slo, windows(answered(45, 5)))).toContain('with an error');
    expect(burnOf(slo, windows(answered(44, 5)))).toBeUndefined();
    expect(burnOf(slo, windows(answered(46, 4)))).toBeUndefined();
  });

  it('is none where the short window burns less than the long one has to', () => {
    expect(burnOf(slo, windows(answered(985, 15), answered(1_000, 15)))).toContain('with an error');
    expect(burnOf(slo, windows(answered(985, 15), answered(1_000, 14)))).toBeUndefined();
  });

  it('is none of nothing: a short window without traffic, also where every request may fail', () => {
    expect(burnOf(slo, windows(answered(900, 100), answered(0, 0)))).toBeUndefined();
    expect(burnOf({ availability: 0 }, windows(answered(0, 1_000), answered(0, 0)))).toBeUndefined();
  });

  it('is every answer of the 5xx, and none that its caller is to blame for', () => {
    const traffic = (status: string): Traffic => ({
      byStatus: new Map([
        ['200', 900],
        [status, 100],
      ]),
      within: new Map(),
    });
    expect(burnOf(slo, windows(traffic('500')))).toContain('with an error');
    expect(burnOf(slo, windows(traffic('599')))).toContain('with an error');
    expect(burnOf(slo, windows(traffic('425')))).toBeUndefined();
    expect(burnOf(slo, windows(traffic('404')))).toBeUndefined();
  });

  it('is judged against what was before from 50 requests there on, and at exactly twice as bad', () => {
    const bad = answered(900, 100);
    expect(burnOf(slo, windows(bad, bad, answered(0, 50)))).toBeUndefined();
    expect(burnOf(slo, windows(bad, bad, answered(950, 50)))).toContain('with an error');
    expect(burnOf(slo, windows(bad, bad, answered(949, 51)))).toBeUndefined();
  });

  it('takes the bound of the target itself, where there is one', () => {
    const promise = { latencyP95: '200ms' };
    const bounds = (within: [number, number][]): Traffic => ({
      byStatus: new Map([['200', 100]]),
      within: new Map(within),
    });
    expect(
      burnOf(
        promise,
        windows(
          bounds([
            [0.2, 50],
            [0.5, 100],
          ]),
        ),
      ),
    ).toContain('about 50 %');
    expect(
      burnOf(
        promise,
        windows(
          bounds([
            [5, 100],
            [0.5, 50],
            [0.1, 0],
          ]),
        ),
      ),
    ).toContain('about 50 %');
    // A histogram read while it is written may count more than all.
    expect(burnOf(promise, windows(bounds([[0.2, 101]])))).toBeUndefined();
  });
});
