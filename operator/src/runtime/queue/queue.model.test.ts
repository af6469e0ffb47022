import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock } from '../fixtures/manual-clock.ts';
import type { ObjectKey } from '../kube.ts';
import { WorkQueue } from './queue.ts';

const CONCURRENCY = 2;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];
/** Longer than any backoff (60 s) and any delay that is drawn. */
const LONG_MS = 200_000;

const keyOf = (name: string): ObjectKey => ({ name });

interface Run {
  name: string;
  finish(outcome: Outcome): void;
}

type Outcome = { fails: true } | { fails: false; againMs?: number | undefined };

type Step =
  | { do: 'add'; name: string; fresh: boolean }
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
  fc.record({ do: fc.constant('add' as const), name, fresh: fc.boolean() }),
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
  readonly queue: WorkQueue;

  constructor(seed: number) {
    let state = seed;
    this.queue = new WorkQueue({
      concurrency: CONCURRENCY,
      clock: this.clock,
      random: () => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return state / 2_147_483_648;
      },
      run: (key) => this.#run(key.name),
      onFailure: () => undefined,
    });
  }

  async do(step: Step): Promise<void> {
    if (step.do === 'add') {
      this.owed.add(step.name);
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
      finish: (outcome) => {
        this.runs.splice(this.runs.indexOf(run), 1);
        if (outcome.fails) {
          // What failed is to be tried again, whatever else comes.
          this.owed.add(name);
          reject(new Error('no'));
          return;
        }
        if (outcome.againMs !== undefined) this.owed.add(name);
        resolve(outcome.againMs);
      },
    };
    this.runs.push(run);
    return promise;
  }

  #check(): void {
    expect(this.runs.length).toBeLessThanOrEqual(CONCURRENCY);
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

  it('tries a failing key again within the cap, however many others fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 14 }), fc.nat(), async (failures, seed) => {
        const model = new Model(seed);
        await model.do({ do: 'add', name: 'failing', fresh: true });
        const find = (): Run | undefined => model.runs.find(({ name: running }) => running === 'failing');
        for (let count = 0; count < failures; count++) {
          await model.do({ do: 'add', name: KEYS[count % KEYS.length] ?? '', fresh: false });
          // Whoever waits for a place gets it when another has failed.
          for (let turn = 0; turn < KEYS.length && find() === undefined; turn++) {
            for (const run of [...model.runs]) run.finish({ fails: true });
            await model.do({ do: 'wait', ms: 0 });
          }
          expect(find()).toBeDefined();
          find()?.finish({ fails: true });
          await model.do({ do: 'wait', ms: 60_000 });
        }
        for (const run of [...model.runs]) run.finish({ fails: false });
        await model.queue.stop();
      }),
      { numRuns: 50 },
    );
  });
});
