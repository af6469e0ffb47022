import { describe, expect, it } from '@jest/globals';
import { byCpu, byQueue } from './recommendation.ts';

describe('replicas by queue', () => {
  it.each([
    ['none for an empty queue', { messages: 0, current: 3 }, 0],
    ['one for a single message', { messages: 1, current: 0 }, 1],
    ['enough for the backlog', { messages: 120, current: 1 }, 3],
    ['as now within the tolerance', { messages: 105, current: 2 }, 2],
    ['more beyond the tolerance', { messages: 111, current: 2 }, 3],
    ['fewer when there is less', { messages: 40, current: 3 }, 1],
    ['as now although fewer would do within the tolerance', { messages: 950, current: 20 }, 20],
    ['fewer below the tolerance', { messages: 890, current: 20 }, 18],
  ])('are %s', (_, { messages, current }, expected) => {
    expect(byQueue(messages, 50, current)).toBe(expected);
  });
});

const pods = (...usages: (number | undefined)[]): { request: number; usage?: number }[] =>
  usages.map((usage) => ({ request: 0.1, ...(usage === undefined ? {} : { usage }) }));

describe('replicas by CPU', () => {
  it.each([
    ['grow with the load', pods(0.14, 0.14), 70, 4],
    ['stay within the tolerance', pods(0.075, 0.07), 70, 2],
    ['shrink with the load', pods(0.01, 0.01, 0.01, 0.01), 70, 1],
    ['take a pod that just started for idle when growing', pods(0.14, undefined), 70, 2],
    ['take a pod that just started for busy when shrinking', pods(0, undefined), 70, 1],
    ['shrink by what is known to be idle', pods(0, undefined, undefined, undefined), 70, 3],
    ['grow beyond a pod that just started when the others are that busy', pods(0.21, undefined), 70, 3],
    ['do not shrink when load is seen, however much of the rest is idle', pods(0.1, undefined), 70, 2],
    [
      'do not change within the tolerance that unknown pods leave',
      pods(0, ...Array<undefined>(15).fill(undefined)),
      70,
      16,
    ],
  ])('%s', (_, list, target, expected) => {
    expect(byCpu(list, target)).toBe(expected);
  });

  it('take the CPU of a start for no load, and stay as they are while every pod starts', () => {
    const [settled, starting] = [
      { request: 0.1, usage: 0.07 },
      { request: 0.1, usage: 0.9, isStarting: true },
    ];
    expect(byCpu([settled, starting], 70)).toBe(2);
    expect(byCpu([starting, starting], 70)).toBe(2);
    expect(byCpu([{ request: 0.1, usage: 0.21, isStarting: false }, starting], 70)).toBe(3);
  });

  it('are unknown without a single metric, or without requests to compare with', () => {
    expect(byCpu(pods(undefined), 70)).toBeUndefined();
    expect(byCpu([{ request: 0, usage: 1 }], 70)).toBeUndefined();
    expect(byCpu([], 70)).toBeUndefined();
  });
});
