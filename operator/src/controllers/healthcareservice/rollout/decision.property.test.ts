import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideRevision, type DecisionInput } from './decision.ts';
import type { Fault } from './fault.ts';
import { NO_RECORD, type RevisionRecord } from './record.ts';

const REVISIONS = ['a', 'b', 'c', 'd'] as const;
const BURN: Fault = { reason: 'BurnsSlo', message: '' };
const CRASH: Fault = { reason: 'CrashLooping', message: '' };

type Nature = 'good' | 'broken' | 'burning';

/** One thing that people, the cluster or the operator do. */
type Step =
  | { do: 'ask'; revision: string }
  | { do: 'pin'; revision: string | undefined }
  | { do: 'retry'; value: string }
  | { do: 'automatic'; on: boolean }
  | { do: 'outage'; on: boolean }
  | { do: 'evolve' }
  | { do: 'reconcile' }
  /** The operator dies after the Deployment was applied and before the status was written. */
  | { do: 'die' };

/** A Deployment, its pods, the people and the operator, as simple as can be. */
class World {
  readonly natures: Readonly<Record<string, Nature>>;
  record: RevisionRecord = NO_RECORD;
  asked: string;
  deployed: string | undefined;
  isComplete = false;
  isOutage = false;
  pin: string | undefined;
  retry = '';
  automatic = true;
  now = 0;
  readonly known = new Set<string>();
  /** Every revision whose pods were all ready once. */
  readonly completed = new Set<string>();
  /** Every revision that the Deployment was given. */
  readonly served: string[] = [];

  constructor(natures: Readonly<Record<string, Nature>>, asked: string) {
    this.natures = natures;
    this.asked = asked;
  }

  step(step: Step): void {
    this.now++;
    if (step.do === 'ask') this.asked = step.revision;
    else if (step.do === 'pin') this.pin = step.revision;
    else if (step.do === 'retry') this.retry = step.value;
    else if (step.do === 'automatic') this.automatic = step.on;
    else if (step.do === 'outage') this.isOutage = step.on;
    else if (step.do === 'evolve') this.evolve();
    else this.reconcile(step.do === 'die');
  }

  evolve(): void {
    if (this.deployed === undefined || this.isOutage) return;
    this.isComplete = this.natures[this.deployed] !== 'broken';
    if (this.isComplete) this.completed.add(this.deployed);
  }

  reconcile(dies = false): void {
    this.known.add(this.asked);
    const { serve, record } = decideRevision(this.record, this.input());
    if (serve !== this.deployed) {
      this.deployed = serve;
      this.isComplete = false;
      this.served.push(serve);
    }
    if (!dies) this.record = record;
    expect(record.ready.map(({ revision: name }) => name)).not.toContain(record.failed?.revision);
  }

  input(): DecisionInput {
    const { asked, deployed, known, pin, retry, automatic, isComplete, now } = this;
    const base = { target: asked, current: deployed, known, pin, retry, automatic, isHeld: false, now };
    return { ...base, isComplete: isComplete && !this.isOutage, fault: this.#fault() };
  }

  /** An outage leaves no old pod ready either: it is evidence against nobody. */
  #fault(): Fault | undefined {
    if (this.isOutage || this.deployed === undefined) return undefined;
    const nature = this.natures[this.deployed];
    if (nature === 'broken') return CRASH;
    return nature === 'burning' && this.isComplete ? BURN : undefined;
  }

  /** Lets everything come to rest; returns the revisions that were served on the way. */
  settle(): string[] {
    this.isOutage = false;
    const before = this.served.length;
    for (let turn = 0; turn < 12; turn++) {
      this.evolve();
      this.reconcile();
      this.now++;
    }
    return this.served.slice(before);
  }
}

const revision = fc.constantFrom(...REVISIONS);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: revision.map((name): Step => ({ do: 'ask', revision: name })) },
  fc
    .option(fc.constantFrom(...REVISIONS, 'unknown'), { nil: undefined })
    .map((name): Step => ({ do: 'pin', revision: name })),
  fc.constantFrom('', '1', '2').map((value): Step => ({ do: 'retry', value })),
  fc.boolean().map((on): Step => ({ do: 'automatic', on })),
  fc.boolean().map((on): Step => ({ do: 'outage', on })),
  { weight: 5, arbitrary: fc.constant<Step>({ do: 'evolve' }) },
  { weight: 5, arbitrary: fc.constant<Step>({ do: 'reconcile' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'die' }) },
);

const nature = fc.constantFrom<Nature>('good', 'broken', 'burning');
const natures = fc.record({ a: nature, b: nature, c: nature, d: nature });

/** A world after any history, with what it served until it came to rest. */
const worlds = fc.tuple(natures, revision, fc.array(step, { maxLength: 60 })).map(([all, asked, steps]) => {
  const world = new World(all, asked);
  for (const one of steps) world.step(one);
  return world;
});

const RUNS = { numRuns: 1_000 };

describe('rolling back and forward, whatever happens', () => {
  it('comes to rest: each revision is tried at most once, and nothing moves afterwards', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const served = world.settle();
        expect(new Set(served).size).toBe(served.length);
        expect(world.settle()).toEqual([]);
      }),
      RUNS,
    );
  });

  it('ends at the spec’s revision when that is good and nobody pinned another', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        world.pin = undefined;
        fc.pre(world.natures[world.asked] === 'good');
        world.settle();
        expect(world.deployed).toBe(world.asked);
      }),
      RUNS,
    );
  });

  it('ends at one that was Ready when the spec’s fails and one is on record', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        Object.assign(world, { pin: undefined, automatic: true });
        fc.pre(world.natures[world.asked] === 'broken');
        world.settle();
        const ready = world.record.ready.map(({ revision: name }) => name);
        if (ready.length > 0) expect(ready).toContain(world.deployed);
        else expect(world.deployed).toBe(world.asked);
      }),
      RUNS,
    );
  });

  it('never goes by itself to a revision that neither the spec asks for nor ever was Ready', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        world.pin = undefined;
        for (const name of world.settle()) expect([world.asked, ...world.completed]).toContain(name);
      }),
      RUNS,
    );
  });

  it('obeys a pin to any revision that is known', () => {
    fc.assert(
      fc.property(worlds, revision, (world, pin) => {
        fc.pre(world.known.has(pin));
        world.pin = pin;
        world.settle();
        expect(world.deployed).toBe(pin);
      }),
      RUNS,
    );
  });
});
