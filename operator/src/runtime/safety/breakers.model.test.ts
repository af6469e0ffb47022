import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { Breakers } from './breakers.ts';

const DEPENDENCIES = ['broker', 'store'] as const;
type Dependency = (typeof DEPENDENCIES)[number];

/** What each object needs, in the order in which its reconcile asks for it. */
const NEEDS: Record<string, readonly Dependency[]> = {
  a: ['broker'],
  b: ['broker'],
  c: ['store'],
  d: ['broker', 'store'],
  e: ['store', 'broker'],
  f: ['broker', 'store'],
};
const NAMES = Object.keys(NEEDS);

type Step =
  | { do: 'event' | 'change' | 'suspend'; name: string }
  | { do: 'end'; nth: number; fails: boolean }
  | { do: 'turn'; dependency: Dependency }
  | { do: 'wait'; ms: number };

// What parks objects comes more often than what takes them out again.
const doing = fc.constantFrom<'event' | 'change' | 'suspend'>('event', 'event', 'event', 'change', 'suspend');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: doing, name: fc.constantFrom(...NAMES) }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      nth: fc.nat(5),
      fails: fc.nat(9).map((drawn) => drawn === 0),
    }),
  },
  fc.record({ do: fc.constant('turn' as const), dependency: fc.constantFrom(...DEPENDENCIES) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
);

/** Objects, their reconciles that last a while, and two dependencies, beside real breakers. */
class Model {
  readonly clock = new ManualClock();
  /** Objects that were parked, and have neither got through nor failed for another reason since. */
  readonly waiting = new Set<string>();
  readonly #running: string[] = [];
  readonly #down = new Set<Dependency>();
  readonly #generations = new Map<string, number>();
  readonly #breakers = new Breakers({
    clock: this.clock,
    random: () => 0.5,
    wake: (_kind, { name }) => {
      this.#begin(name);
    },
  });

  async do(step: Step): Promise<void> {
    switch (step.do) {
      case 'change':
        this.#generations.set(step.name, this.#generation(step.name) + 1);
        this.#begin(step.name);
        break;
      case 'event':
        this.#begin(step.name);
        break;
      case 'suspend':
        this.#leave(step.name);
        break;
      case 'end':
        this.#end(this.#running[step.nth % Math.max(1, this.#running.length)], step.fails);
        break;
      case 'turn':
        if (!this.#down.delete(step.dependency)) this.#down.add(step.dependency);
        break;
      case 'wait':
        await this.clock.advance(step.ms);
    }
  }

  /** Those are down from now on, every run ends, and nothing happens but what the breakers bring about. */
  async settle(...down: Dependency[]): Promise<void> {
    this.#down.clear();
    for (const dependency of down) this.#down.add(dependency);
    for (let round = 0; round < 200; round++) {
      for (const name of [...this.#running]) this.#end(name, false);
      await this.clock.advance(1_000);
    }
  }

  #begin(name: string): void {
    const object = { id: name, kind: 'Service', key: { name }, generation: this.#generation(name) };
    if (!this.#running.includes(name) && this.#breakers.admits(object)) this.#running.push(name);
  }

  #end(name: string | undefined, fails: boolean): void {
    if (name === undefined) return;
    this.#running.splice(this.#running.indexOf(name), 1);
    const down = NEEDS[name]?.find((dependency) => this.#down.has(dependency));
    if (fails) this.#leave(name);
    else if (down === undefined) {
      this.waiting.delete(name);
      this.#breakers.succeeded(name);
    } else {
      this.waiting.add(name);
      const object = { id: name, kind: 'Service', key: { name }, generation: this.#generation(name) };
      this.#breakers.park(down, object);
    }
  }

  #leave(name: string): void {
    this.waiting.delete(name);
    this.#breakers.release(name);
  }

  #generation(name: string): number {
    return this.#generations.get(name) ?? 1;
  }
}

describe('the breakers of two dependencies, whatever happens', () => {
  it('leave nobody waiting for what is up, whether the other one is or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 80 }),
        fc.constantFrom(...DEPENDENCIES),
        async (steps, down) => {
          const model = new Model();
          for (const next of steps) await model.do(next);
          await model.settle(down);
          expect([...model.waiting].filter((name) => NEEDS[name]?.includes(down) !== true)).toEqual([]);
          await model.settle();
          expect([...model.waiting]).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
