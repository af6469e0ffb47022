import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clinics } from '../fixtures/clinic.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import type { KubeObject } from '../kube.ts';
import { silentLogger } from '../telemetry/log.ts';
import type { Change } from '../cache/store.ts';
import { DeletionGuard } from './deletion-guard.ts';
import { RecordKeeper } from './record-keeper.ts';

const NAMES = Array.from({ length: 12 }, (_, index) => `c${index}`);
/** As short as the settling, so that what was released counts no more in the next step: a restart forgets that count. */
const LIMITS = { share: 0.5, floor: 4, windowMs: 2_000 };
/** Longer than the record waits for more changes, shorter than a deletion settles. */
const RECORDED_MS = 150;
/** Longer than the settling and than the pause between two questions to a namespace. */
const DECIDED_MS = 3_500;

type Step = { do: 'delete' | 'terminate' | 'return' | 'confirm'; names: string[]; isKilled: boolean };

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('delete', 'terminate', 'return', 'confirm'),
  names: fc.subarray(NAMES),
  isKilled: fc.boolean(),
});

/** One process: its guard, and the keeper of its record. */
interface Process {
  guard: DeletionGuard;
  keeper: RecordKeeper;
}

/** A cluster with two operators beside each other: one that runs all the time and one that is killed. */
class World {
  readonly #clock = new ManualClock();
  /** What the API server lists, by name. */
  readonly #objects = new Map<string, KubeObject>();
  #record: readonly KubeObject[] = [];
  #isConfirming = false;
  #serial = 0;
  readonly #steady = this.#begin(() => undefined);
  #mortal = this.#begin((held) => (this.#record = held));

  constructor() {
    for (const name of NAMES) this.#put(name);
  }

  async take({ do: what, names, isKilled }: Step): Promise<void> {
    if (what === 'confirm') this.#isConfirming = true;
    else for (const name of names) this[`_${what}`](name);
    await this.#clock.advance(RECORDED_MS);
    if (isKilled) this.#kill();
    await this.#clock.advance(DECIDED_MS);
    this.#isConfirming = false;
  }

  check(): void {
    const [steady, mortal] = [this.#steady, this.#mortal].map(({ guard }) => namesOf(guard.wanted(clinics)));
    expect(mortal).toEqual(steady);
    expect(namesOf(this.#record)).toEqual(steady);
    this.#finalize();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#steady, this.#mortal].map(({ guard }) => guard.stop()));
  }

  _delete(name: string): void {
    const object = this.#objects.get(name);
    if (object === undefined) return;
    this.#objects.delete(name);
    this.#tell({ type: 'deleted', object });
  }

  _terminate(name: string): void {
    const previous = this.#objects.get(name);
    if (previous === undefined || previous.metadata.deletionTimestamp !== undefined) return;
    const metadata = { ...previous.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
    const object = { ...previous, metadata };
    this.#objects.set(name, object);
    this.#tell({ type: 'updated', object, previous });
  }

  _return(name: string): void {
    if (!this.#objects.has(name)) this.#put(name);
  }

  #put(name: string): void {
    const { apiVersion, kind } = clinics;
    const object = { apiVersion, kind, metadata: { name, namespace: 'a', uid: `uid-${this.#serial++}` } };
    this.#objects.set(name, object);
    this.#tell({ type: 'added', object });
  }

  #tell(change: Change): void {
    for (const { guard } of [this.#steady, this.#mortal]) guard.take(clinics, change);
  }

  /** Whatever terminates and is not held loses its finalizer. */
  #finalize(): void {
    for (const [name, { metadata }] of [...this.#objects])
      if (
        metadata.deletionTimestamp !== undefined &&
        !this.#steady.guard.defers(clinics, { namespace: 'a', name })
      )
        this._delete(name);
  }

  #kill(): void {
    void this.#mortal.guard.stop();
    void this.#mortal.keeper.stop();
    const recorded = this.#record;
    this.#mortal = this.#begin((held) => (this.#record = held));
    this.#mortal.guard.restore(clinics, recorded);
    for (const object of this.#objects.values()) this.#mortal.guard.take(clinics, { type: 'added', object });
  }

  #begin(write: (held: readonly KubeObject[]) => void): Process {
    let isAlive = true;
    const guard: DeletionGuard = new DeletionGuard(
      {
        limits: LIMITS,
        clock: this.#clock,
        log: silentLogger,
        confirms: () => Promise.resolve(this.#isConfirming),
        onTurn: () => undefined,
        onHeld: () => undefined,
        onChange: () => {
          keeper.touch();
        },
      },
      [clinics],
    );
    const keeper = new RecordKeeper({
      clock: this.#clock,
      log: silentLogger,
      held: () => guard.unforgettable(),
      write: (held) => {
        if (isAlive) write(held);
        return Promise.resolve(0);
      },
    });
    const stop = keeper.stop.bind(keeper);
    // Killed, not stopped: what is due is not written any more.
    keeper.stop = () => {
      isAlive = false;
      return stop();
    };
    return { guard, keeper };
  }
}

function namesOf(objects: readonly KubeObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name).sort();
}

describe('an operator that is killed again and again', () => {
  it('holds, and lets go, exactly what one that runs all the time does, and its record says the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const world = new World();
        try {
          for (const next of steps) {
            await world.take(next);
            world.check();
          }
        } finally {
          await world.stop();
        }
      }),
      { numRuns: 60 },
    );
  });
});
