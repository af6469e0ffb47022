import { describe, expect, it } from '@jest/globals';
import { DemandHistory } from './history.ts';

/** Feeds one demand every five seconds and returns the last answer. */
function feed(history: DemandHistory, demands: (number | undefined)[], start = 0): number | undefined {
  const answers = demands.map((demand, index) => history.observe('p', demand, 20_000, start + index * 5_000));
  return answers.at(-1);
}

describe('DemandHistory', () => {
  it('knows nothing until a whole window was watched', () => {
    expect(feed(new DemandHistory(), [1, 1, 1, 1])).toBeUndefined();
    expect(feed(new DemandHistory(), [1, 1, 1, 1, 1])).toBe(1);
  });

  it('remembers the highest demand of the window, and no longer', () => {
    expect(feed(new DemandHistory(), [0, 3, 0, 0, 0])).toBe(3);
    expect(feed(new DemandHistory(), [3, 0, 0, 0, 0])).toBe(0);
  });

  it('begins anew after an unknown demand, and after a gap', () => {
    const history = new DemandHistory();
    expect(feed(history, [1, 1, 1, 1, undefined, 1])).toBeUndefined();
    const gap = new DemandHistory();
    expect(feed(gap, [1, 1, 1, 1, 1])).toBe(1);
    expect(gap.observe('p', 1, 20_000, 100_000)).toBeUndefined();
  });

  it('keeps policies apart', () => {
    const history = new DemandHistory();
    feed(history, [9, 9, 9, 9, 9]);
    expect(history.observe('q', 1, 0, 20_000)).toBe(1);
  });

  it('watches several policies at once, each without a gap', () => {
    const history = new DemandHistory();
    const start = Date.parse('2026-11-22T12:00:00Z');
    const answers = [0, 10_000, 20_000].map((at) =>
      ['p', 'q'].map((policy, index) => history.observe(policy, index + at, 20_000, start + at)),
    );
    expect(answers).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      [20_000, 20_001],
    ]);
  });

  it('forgets demand as old as the window in the moment when it is', () => {
    const history = new DemandHistory();
    history.observe('p', 9, 20_000, 0);
    history.observe('p', 1, 20_000, 1);
    expect(history.observe('p', 1, 20_000, 20_000)).toBe(1);
    const other = new DemandHistory();
    other.observe('p', 1, 20_000, 0);
    other.observe('p', 9, 20_000, 1);
    expect(other.observe('p', 1, 20_000, 20_000)).toBe(9);
  });

  it('goes on after a pause of up to thirty seconds', () => {
    const observed = (pause: number): number | undefined => {
      const history = new DemandHistory();
      history.observe('p', 4, 30_000, 0);
      return history.observe('p', 1, 30_000, pause);
    };
    expect(observed(30_000)).toBe(1);
    expect(observed(30_001)).toBeUndefined();
  });
});
