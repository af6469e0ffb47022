import { describe, expect, it } from '@jest/globals';
import { createAdaptiveLimit } from './adaptive-limit.ts';
import type { AdaptiveLimit } from './adaptive-limit.ts';
import { simulate } from './fixtures/simulated-service.ts';
import type { SimulatedCall, SimulatedCaller, SimulatedService } from './fixtures/simulated-service.ts';

const OPTIONS = { initial: 64, least: 2, most: 128 };
const MS = 50;

type TookMs = SimulatedService['tookMs'];
const ALWAYS: TookMs = () => MS;
/** Most take about as long as each other, some three times as long (a logarithmic normal distribution). */
const SPREAD: TookMs = (_second, random) =>
  MS * Math.exp(0.4 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()) - 0.08);
const EXPONENTIAL: TookMs = (_second, random) => -MS * Math.log(1 - random());

interface Scene {
  readonly atOnce: SimulatedService['atOnce'];
  readonly tookMs?: TookMs;
  readonly callers: readonly SimulatedCaller[];
  readonly seconds?: number;
  readonly seed?: number;
}

function play({ atOnce, tookMs = ALWAYS, ...scene }: Scene): SimulatedCall[] {
  const limit = (now: () => number): AdaptiveLimit => createAdaptiveLimit(OPTIONS, now);
  return simulate({ service: { atOnce, tookMs }, seconds: 60, limit, ...scene });
}

const caller = (perSecond: number, name = 'caller'): SimulatedCaller => ({
  name,
  perSecond: () => perSecond,
});
const sizes = (atOnce: number): (() => number) => {
  return () => atOnce;
};

interface Figures {
  readonly perSecond: number;
  readonly p95: number;
  readonly refused: number;
}

/** Of the calls that came in these seconds. */
function between(calls: readonly SimulatedCall[], from: number, to: number): Figures {
  const seen = calls.filter(({ second }) => second >= from && second < to);
  const took = seen.flatMap(({ tookMs }) => (tookMs === undefined ? [] : [tookMs])).sort((a, b) => a - b);
  return {
    perSecond: took.length / (to - from),
    p95: took[Math.floor(took.length * 0.95)] ?? NaN,
    refused: 1 - took.length / seen.length,
  };
}

/** At capacity nobody waits: what the service takes by itself. */
function p95Alone(tookMs: TookMs): number {
  return between(play({ atOnce: sizes(Infinity), tookMs, callers: [caller(400)] }), 20, 60).p95;
}

const KINDS: [string, TookMs][] = [
  ['always the same time', ALWAYS],
  ['spread times', SPREAD],
  ['exponential times', EXPONENTIAL],
];

describe.each(KINDS)('the limit of calls under way before a service of %s', (_name, tookMs) => {
  it.each([0.5, 0.8])('refuses nobody at %d of capacity', (load) => {
    const calls = play({ atOnce: sizes(10), tookMs, callers: [caller(load * 200)] });
    expect(between(calls, 0, 60).refused).toBe(0);
  });

  it.each([5, 10, 40])('keeps p95 and throughput at five times capacity, of %d at once', (atOnce) => {
    const capacity = (atOnce * 1_000) / MS;
    const figures = [1, 2, 3].map((seed) =>
      between(play({ atOnce: sizes(atOnce), tookMs, seed, callers: [caller(5 * capacity)] }), 15, 60),
    );
    const middle = (values: number[]): number => values.sort((a, b) => a - b)[1] ?? NaN;
    expect(middle(figures.map(({ p95 }) => p95))).toBeLessThan(1.15 * p95Alone(tookMs));
    // Of five places one that is free waits for the next caller 4 % of the time (Erlang's loss formula).
    const share = atOnce === 5 ? 0.92 : 0.95;
    expect(middle(figures.map(({ perSecond }) => perSecond))).toBeGreaterThan(share * capacity);
  });

  it('keeps four fifths of the throughput at five times capacity of five at once, by whatever chance', () => {
    const shares = Array.from({ length: 24 }, (_, at) => {
      const calls = play({ atOnce: sizes(5), tookMs, seed: at + 1, callers: [caller(500)] });
      return between(calls, 15, 60).perSecond / 100;
    });
    expect(Math.min(...shares)).toBeGreaterThan(0.8);
  });
});

describe('the limit of calls under way', () => {
  const FIVE_TIMES = [caller(1_000)];

  it('lets a burst wait that ends, and refuses one that does not', () => {
    const burst = { name: 'burst', perSecond: (second: number) => (second % 10 < 0.1 ? 400 : 100) };
    expect(between(play({ atOnce: sizes(10), callers: [burst] }), 0, 60).refused).toBe(0);
    const step = { name: 'step', perSecond: (second: number) => (second < 20 ? 100 : 1_000) };
    const { p95, refused } = between(play({ atOnce: sizes(10), callers: [step] }), 25, 60);
    expect(refused).toBeGreaterThan(0.75);
    expect(p95).toBeLessThan(1.25 * MS);
  });

  it('lets the bursts of less than capacity in again once an overload is over', () => {
    const past = { name: 'past', perSecond: (second: number) => (second < 20 ? 1_000 : 140) };
    expect(between(play({ atOnce: sizes(10), callers: [past] }), 30, 60).refused).toBeLessThan(0.01);
  });

  it('learns that a service has become slower, and that it is not overload', () => {
    const tookMs: TookMs = (second) => (second < 20 ? MS : 2 * MS);
    const { perSecond, p95 } = between(play({ atOnce: sizes(10), tookMs, callers: FIVE_TIMES }), 30, 60);
    expect(perSecond).toBeGreaterThan(92);
    expect(p95).toBeLessThan(1.15 * 2 * MS);
  });

  it('learns that a service has become faster, and has more room or less', () => {
    const faster: TookMs = (second) => (second < 20 ? MS : MS / 2);
    const quick = between(play({ atOnce: sizes(10), tookMs: faster, callers: [caller(2_000)] }), 30, 60);
    expect(quick.perSecond).toBeGreaterThan(370);
    expect(quick.p95).toBeLessThan((1.25 * MS) / 2);
    const grows = between(
      play({ atOnce: (second) => (second < 20 ? 5 : 20), callers: FIVE_TIMES, seconds: 70 }),
      35,
      70,
    );
    expect(grows.perSecond).toBeGreaterThan(360);
    const shrinks = between(
      play({ atOnce: (second) => (second < 20 ? 20 : 5), callers: FIVE_TIMES }),
      30,
      60,
    );
    expect(shrinks.perSecond).toBeGreaterThan(90);
    expect(shrinks.p95).toBeLessThan(1.25 * MS);
  });

  it.each([
    [1, 20],
    [20, 5],
  ])(
    'lets %d callers in who ask for little (%d/s) while one asks for five times capacity',
    (many, perSecond) => {
      const light = Array.from({ length: many }, (_, n) => caller(perSecond, `light ${String(n)}`));
      const calls = play({ atOnce: sizes(20), callers: [caller(2_000), ...light] });
      const theirs = calls.filter((call) => call.caller !== 'caller');
      expect(between(theirs, 20, 60).refused).toBeLessThan(0.25);
      for (const { name } of light) {
        const own = theirs.filter((call) => call.caller === name);
        expect(between(own, 20, 60).refused).toBeLessThan(0.4);
      }
      expect(between(calls, 20, 60).perSecond).toBeGreaterThan(0.92 * 400);
    },
  );

  it('shrinks when it is told "too much", to its least, and counts nothing twice', () => {
    const limit = createAdaptiveLimit(OPTIONS);
    for (let i = 0; i < 1_000; i += 1) limit.enter('a')?.('overloaded');
    expect(limit.current()).toBe(2);
    const places = Array.from({ length: 5 }, () => limit.enter('a'));
    expect(places.filter((place) => place !== undefined)).toHaveLength(2);
    places[0]?.('unknown');
    expect(limit.enter('a')).toBeDefined();
  });
});
