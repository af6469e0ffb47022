import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LaggingWorld } from '../fixtures/lagging-world.ts';

type Wanted = Record<string, string>;
type Step =
  | { do: 'converge'; wanted: Wanted }
  | { do: 'deliver'; count: number }
  | { do: 'wait'; ms: number }
  | { do: 'meddle' | 'kill'; name: string };

const name = fc.constantFrom('a', 'b', 'c');
const wanted: fc.Arbitrary<Wanted> = fc.dictionary(name, fc.constantFrom('one', 'two'), { maxKeys: 3 });
const ours: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('converge' as const), wanted }),
  fc.record({ do: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 4 }) }),
);
const anybody: fc.Arbitrary<Step> = fc.oneof(
  ours,
  fc.record({ do: fc.constantFrom('meddle' as const, 'kill' as const), name }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 40_000 }) }),
);

async function take(world: LaggingWorld, step: Step): Promise<void> {
  if (step.do === 'converge') await world.converge(step.wanted);
  else if (step.do === 'deliver') world.deliver(step.count);
  else if (step.do === 'wait') await world.clock.advance(step.ms);
  else world[step.do](step.name);
}

/** Writes that a perfect memory makes: one for each child that is new, changed or no longer wanted. */
function necessary(steps: readonly Step[]): number {
  let writes = 0;
  let before: Wanted = {};
  for (const step of steps) {
    if (step.do !== 'converge') continue;
    const names = new Set([...Object.keys(before), ...Object.keys(step.wanted)]);
    for (const child of names) if (before[child] !== step.wanted[child]) writes++;
    before = step.wanted;
  }
  return writes;
}

const sorted = (map: Wanted): Wanted => Object.fromEntries(Object.entries(map).sort());

describe('children, seen through a cache that is behind our own writes', () => {
  it('are written once for each change of the plan, whatever the cache has seen of it', async () => {
    const growing = fc.array(ours, { maxLength: 30 }).map((steps) => neverDropping(steps));
    await fc.assert(
      fc.asyncProperty(growing, async (steps) => {
        const world = new LaggingWorld();
        for (const step of steps) await take(world, step);
        expect(world.writes).toHaveLength(necessary(steps));
      }),
      { numRuns: 300 },
    );
  });

  it('end as planned and are then left alone, whoever changed or deleted them meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anybody, { maxLength: 40 }), wanted, async (steps, last) => {
        const world = new LaggingWorld();
        for (const step of steps) await take(world, step);
        // Time enough for what is excused, and for the truce of what looks like a war.
        for (let round = 0; round < 4; round++) {
          await world.clock.advance(300_000);
          world.deliver();
          await world.converge(last);
        }
        world.deliver();
        expect(world.present()).toEqual(sorted(last));
        const before = world.writes.length;
        for (let round = 0; round < 3; round++) {
          await world.clock.advance(40_000);
          await world.converge(last);
        }
        expect(world.writes.slice(before)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('cost the next terms of the same process nothing, and are put right when they changed between two', async () => {
    const world = new LaggingWorld({ metadataOnly: true });
    const planned = { a: 'one', b: 'two' };
    await world.converge(planned);
    world.deliver();
    await world.converge(planned);
    for (let term = 0; term < 3; term++) {
      world.beginTerm();
      await world.converge(planned);
    }
    expect([world.reads, world.writes]).toEqual([[], ['apply a', 'apply b']]);
    world.meddle('a');
    world.deliver();
    world.beginTerm();
    await world.converge(planned);
    expect(world.present()).toEqual(planned);
    expect(world.reads).toEqual(['a']);
  });

  it.each([false, true])(
    'wake nobody with the echo of our own write, before the answer: %s',
    async (isHasty) => {
      const world = new LaggingWorld();
      world.isHasty = isHasty;
      await world.converge({ a: 'one', b: 'one' });
      world.deliver();
      await world.converge({ a: 'two', b: 'one' });
      world.deliver();
      expect(world.news).toEqual([]);
      world.meddle('a');
      world.deliver();
      expect(world.news).toEqual(['a']);
    },
  );

  it('wake once the answer is there when somebody was quicker than it', async () => {
    const world = new LaggingWorld();
    world.isHasty = true;
    world.quicker = 'a';
    await world.converge({ a: 'one', b: 'one' });
    expect(world.news).toEqual(['a']);
  });

  it('that went before their owner are new to a namesake of it, not somebody else having deleted them', async () => {
    const world = new LaggingWorld();
    await world.converge({ a: 'one' });
    world.deliver();
    world.kill('a');
    world.deliver();
    await world.converge({ a: 'one' });
    expect(await world.drifts()).toBe(1);
    world.deliver();
    world.kill('a');
    world.deliver();
    world.forgetOwner();
    await world.converge({ a: 'one' });
    expect(await world.drifts()).toBe(1);
  });

  it('that are planned no more before the cache has seen them are no echo when it does, and go', async () => {
    const world = new LaggingWorld({ metadataOnly: true });
    await world.converge({ a: 'one', b: 'one' });
    await world.converge({ a: 'one' });
    expect(world.present()).toEqual({ a: 'one', b: 'one' });
    world.deliver();
    expect(world.news).toEqual(['b']);
    await world.converge({ a: 'one' });
    expect(world.present()).toEqual({ a: 'one' });
  });

  it('are not taken from their owner before the cache has seen whose they are', async () => {
    const world = new LaggingWorld();
    await world.converge({ a: 'one' });
    const why = async (): Promise<unknown> =>
      (await world.converge({ a: 'two' }, 'rival')).refused.map((refused) => refused.why);
    expect(await why()).toEqual([expect.stringContaining('ConfigMap a belongs to Clinic n/o')]);
    world.deliver();
    expect(await why()).toEqual([expect.stringContaining('ConfigMap a belongs to Clinic o')]);
    await world.converge({ b: 'one' });
    world.deliver();
    await world.converge({ a: 'two' }, 'rival');
    expect(world.present()).toEqual({ a: 'two', b: 'one' });
  });

  it('are not what somebody else made under their name, though no field is in conflict, also after ours was deleted', async () => {
    const world = new LaggingWorld();
    const condition = { reason: 'NameTaken' };
    world.found('a');
    const first = await world.converge({ a: 'one' });
    expect(first.refused).toMatchObject([{ child: 'ConfigMap a', condition }]);
    expect(world.writes).toEqual([]);
    await world.converge({ b: 'one' });
    world.deliver();
    world.kill('b');
    world.found('b');
    world.deliver();
    const second = await world.converge({ b: 'one' });
    expect(second.refused).toMatchObject([{ child: 'ConfigMap b', condition }]);
    expect([world.writes, world.reads]).toEqual([['apply b'], ['a', 'b']]);
  });

  it('are left to who changed them while the controller may not take what they hold, and the others are not', async () => {
    const world = new LaggingWorld();
    await world.converge({ a: 'one', b: 'one' });
    world.deliver();
    world.meddle('a');
    // Before and after the cache sees it: our own change takes as little as a repair does.
    world.left = 'a';
    expect(await world.converge({ a: 'two', b: 'one' })).toMatchObject({ applied: 0, againMs: 1_000 });
    world.deliver();
    expect(await world.converge({ a: 'one', b: 'two' })).toMatchObject({
      applied: 1,
      drifted: [],
      taken: [],
    });
    expect([world.present(), await world.drifts()]).toEqual([{ a: 'theirs', b: 'two' }, 0]);
    world.left = undefined;
    expect((await world.converge({ a: 'one', b: 'two' })).drifted).toEqual([
      { child: 'ConfigMap a', conflicts: [{ manager: 'rival', fields: ['.data.message'] }] },
    ]);
    expect(world.present()).toEqual({ a: 'one', b: 'two' });
  });

  it('do not go back to an older plan that only the cache still shows', async () => {
    const world = new LaggingWorld();
    await world.converge({ a: 'one' });
    world.deliver();
    await world.converge({ a: 'two' });
    // The cache shows `one`; the plan and the server have `two`.
    for (let round = 0; round < 5; round++) await world.converge({ a: 'two' });
    expect(world.writes).toEqual(['apply a', 'apply a']);
    expect(world.present()).toEqual({ a: 'two' });
  });

  it('that the API server refuses stop none of the others, and are tried again', async () => {
    const world = new LaggingWorld();
    world.invalid = 'b';
    const report = await world.converge({ a: 'one', b: 'one', c: 'one' });
    expect(world.present()).toEqual({ a: 'one', c: 'one' });
    expect(report.refused).toMatchObject([{ child: 'ConfigMap b', why: 'data: too long' }]);
    world.invalid = undefined;
    world.deliver();
    expect((await world.converge({ a: 'one', b: 'one' })).refused).toEqual([]);
    expect(world.present()).toEqual({ a: 'one', b: 'one' });
  });

  it('of another owner stop none of the others', async () => {
    const world = new LaggingWorld();
    await world.converge({ a: 'one' }, 'other');
    world.deliver();
    const report = await world.converge({ a: 'two', b: 'two' });
    expect(world.present()).toEqual({ a: 'one', b: 'two' });
    expect(report.refused).toMatchObject([{ child: 'ConfigMap a', condition: { reason: 'NameTaken' } }]);
  });

  it('that make pods wait for what is refused before them, and nothing goes that their pods may use', async () => {
    const world = new LaggingWorld();
    world.workload = 'c';
    await world.converge({ a: 'one', b: 'one', c: 'one' });
    world.deliver();
    world.invalid = 'b';
    const report = await world.converge({ b: 'two', c: 'two', d: 'two' });
    expect(world.present()).toEqual({ a: 'one', b: 'one', c: 'one', d: 'two' });
    expect(report.refused.map(({ child, makesPods }) => [child, makesPods])).toEqual([
      ['ConfigMap b', false],
      ['ConfigMap c', true],
    ]);
  });
});

/** The same steps, but what was wanted once stays wanted: a cache cannot show for deletion what it has not seen. */
function neverDropping(steps: readonly Step[]): Step[] {
  let all: Wanted = {};
  return steps.map((step) => {
    if (step.do !== 'converge') return step;
    all = { ...all, ...step.wanted };
    return { ...step, wanted: all };
  });
}
