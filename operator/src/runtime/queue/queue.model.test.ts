import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock } from '../fixtures/manual-clock.ts';
import type { ObjectKey } from '../kube.ts';
import { WorkQueue } from './queue.ts';

const CONCURRENCY = 2;
const RESERVED = 1;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];
/** Longer than any backoff (60 s) and any delay that is drawn. */
const LONG_MS = 200_000;

const keyOf = (name: string): ObjectKey => ({ name });

interface Run {
  name: string;
  isUrgent: boolean;
  finish(outcome: Outcome): void;
}

type Outcome = { fails: true } | { fails: false; againMs?: number | undefined };

type Step =
  | { do: 'add'; name: string; urgent: boolean; fresh: boolean }
  | { do: 'addAfter'; name: string; ms: number }
  | { do: 'finish'; nth: number; outcome: Outcome }
  | { do: 'wait'; ms: number };

const name = fc.constantFrom(...KEYS);
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.constant<Outcome>({ fails: true }),
  fc.record({
    fails: fc.constant(false as const),
    againMs: fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined }),
  }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), name, urgent: fc.boolean(), fresh: fc.boolean() }),
  fc.record({ do: fc.constant('addAfter' as const), name, ms: fc.integer({ min: 0, max: 90_000 }) }),
  fc.record({ do: fc.constant('finish' as const), nth: fc.nat(5), outcome }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 70_000 }) }),
);

/** What must always be true of a queue, held beside a real one. */
class Model {
  readonly clock = new ManualClock();
  readonly runs: Run[] = [];
  /** Keys that were asked for after their last run began. */
  readonly owed = new Set<string>();
  /** Keys of deletions that are not done. */
  readonly urgent = new Set<string>();
  readonly queue: WorkQueue;

  constructor(seed: number) {
    let state = seed;
    this.queue = new WorkQueue({
      concurrency: CONCURRENCY,
      reserved: RESERVED,
      clock: this.clock,
      random: () => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return state / 2_147_483_648;
      },
      isUrgent: (key) => this.urgent.has(key.name),
      run: (key) => this.#run(key.name),
      onFailure: () => undefined,
    });
  }

  async do(step: Step): Promise<void> {
    if (step.do === 'add') {
      this.owed.add(step.name);
      if (step.urgent) this.urgent.add(step.name);
      this.queue.add(keyOf(step.name), { fresh: step.fresh });
    } else if (step.do === 'addAfter') {
      this.owed.add(step.name);
      this.queue.addAfter(keyOf(step.name), step.ms);
    } else if (step.do === 'finish')
      this.runs[step.nth % Math.max(1, this.runs.length)]?.finish(step.outcome);
    await this.clock.advance(step.do === 'wait' ? step.ms : 0);
    this.#check();
  }

  /** Everything succeeds from now on, until nothing is left to do. */
  async drain(): Promise<void> {
    for (let round = 0; round < 50 && (this.runs.length > 0 || this.owed.size > 0); round++) {
      for (const run of [...this.runs]) run.finish({ fails: false });
      await this.clock.advance(LONG_MS);
      this.#check();
    }
  }

  #run(name: string): Promise<number | undefined> {
    expect(this.runs.map((run) => run.name)).not.toContain(name);
    this.owed.delete(name);
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const run: Run = {
      name,
      isUrgent: this.urgent.has(name),
      finish: (outcome) => {
        this.runs.splice(this.runs.indexOf(run), 1);
        if (outcome.fails) {
          // What failed is to be tried again, whatever else comes.
          this.owed.add(name);
          reject(new Error('no'));
          return;
        }
        if (outcome.againMs === undefined) this.urgent.delete(name);
        else this.owed.add(name);
        resolve(outcome.againMs);
      },
    };
    this.runs.push(run);
    return promise;
  }

  #check(): void {
    expect(this.runs.length).toBeLessThanOrEqual(CONCURRENCY + RESERVED);
    const plain = this.runs.filter(({ isUrgent }) => !isUrgent).length;
    expect(plain).toBeLessThanOrEqual(CONCURRENCY);
    expect(this.runs.length - plain).toBeLessThan(CONCURRENCY + RESERVED);
    // Nothing waits while a place is free for it.
    if (this.runs.length < CONCURRENCY) expect(this.queue.depth).toBe(0);
  }
}

describe('the work queue, whatever is asked of it', () => {
  it('loses no key, runs none twice at once, keeps to its places and always comes to an end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(), async (steps, seed) => {
        const model = new Model(seed);
        for (const next of steps) await model.do(next);
        await model.drain();
        expect([...model.owed]).toEqual([]);
        expect(model.runs).toEqual([]);
        expect(model.queue.depth).toBe(0);
        await model.queue.stop();
      }),
      { numRuns: 200 },
    );
  });

  it('never lets a deletion wait for others that hang', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(), async (steps, seed) => {
        const model = new Model(seed);
        for (const next of steps)
          if (next.do !== 'finish' && !('urgent' in next && next.urgent)) await model.do(next);
        // All ordinary places are taken for good now, or free.
        await model.do({ do: 'add', name: 'deleted', urgent: true, fresh: true });
        expect(model.runs.map(({ name: running }) => running)).toContain('deleted');
        // It asks to be called again, as often as it likes: it is still a deletion.
        for (let count = 0; count < 3; count++) {
          const run = model.runs.find(({ name: running }) => running === 'deleted');
          run?.finish({ fails: false, againMs: 5_000 });
          await model.do({ do: 'wait', ms: 5_000 });
          expect(model.runs.map(({ name: running }) => running)).toContain('deleted');
        }
        for (const run of [...model.runs]) run.finish({ fails: false });
        await model.queue.stop();
      }),
      { numRuns: 100 },
    );
  });

  it('never lets others wait for deletions that hang', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(), async (steps, seed) => {
        const model = new Model(seed);
        for (const next of steps) if (next.do === 'add' && next.urgent) await model.do(next);
        await model.do({ do: 'add', name: 'plain', urgent: false, fresh: true });
        expect(model.runs.map(({ name: running }) => running)).toContain('plain');
        for (const run of [...model.runs]) run.finish({ fails: false });
        await model.queue.stop();
      }),
      { numRuns: 50 },
    );
  });

  it('tries a failing deletion again within the cap, however many others fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 14 }), fc.nat(), async (failures, seed) => {
        const model = new Model(seed);
        await model.do({ do: 'add', name: 'deleted', urgent: true, fresh: true });
        for (let count = 0; count < failures; count++) {
          const run = model.runs.find(({ name: running }) => running === 'deleted');
          expect(run).toBeDefined();
          run?.finish({ fails: true });
          await model.do({ do: 'add', name: KEYS[count % KEYS.length] ?? '', urgent: false, fresh: false });
          await model.do({ do: 'wait', ms: 60_000 });
        }
        expect(model.runs.map(({ name: running }) => running)).toContain('deleted');
        for (const run of [...model.runs]) run.finish({ fails: false });
        await model.queue.stop();
      }),
      { numRuns: 50 },
    );
  });
});
