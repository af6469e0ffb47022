import { describe, expect, it } from '@jest/globals';
import { Breakers } from '../safety/breakers.ts';
import type { Children, Convergence } from '../apply/children.ts';
import { DependencyDown, type AnyController, type EventNote } from '../controller.ts';
import { WriteFenced } from '../errors.ts';
import { clinicController, clinics, type ClinicHooks } from '../fixtures/clinic.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { FINALIZER, keyId } from '../keys.ts';
import type { CustomObject, KubeObject } from '../kube.ts';
import { silentLogger } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { Reconciler, type ReconcilerEnvironment, type RunResult } from './reconciler.ts';
import { noTracing } from '../telemetry/tracing.ts';

const KEY = { namespace: 'default', name: 'x' };

function clinicOf(metadata: Partial<KubeObject['metadata']> = {}): CustomObject<unknown> {
  const { apiVersion, kind } = clinics;
  const base = { ...KEY, uid: 'u', generation: 1, finalizers: [FINALIZER] };
  return { apiVersion, kind, metadata: { ...base, ...metadata }, spec: { message: 'm' } };
}

interface Scene {
  run: () => Promise<number | undefined>;
  /** What was asked of the world, in order. */
  did: string[];
  results: RunResult[];
}

/** A reconciler of one cached object; what it does outside of the hooks is only noted. */
function scene(
  object: CustomObject<unknown>,
  hooks: ClinicHooks,
  changes: Partial<ReconcilerEnvironment>,
  {
    isDirty = false,
    ...traits
  }: Pick<AnyController, 'abandonsCleanup' | 'act' | 'mayTake'> & { isDirty?: boolean } = {},
): Scene {
  const did: string[] = [];
  const results: RunResult[] = [];
  const clock = new ManualClock();
  const note = (what: string) => (): Promise<Record<string, never>> => {
    did.push(what);
    return Promise.resolve({});
  };
  const parts = {
    client: { mergePatch: note('patch') },
    informers: { get: () => object, list: () => [] },
    children: {
      converge: note('converge'),
      removeBeyond: () => Promise.resolve(true),
      pending: () => Promise.resolve([]),
    },
    status: { current: () => ({}), write: note('status') },
    events: {
      record: () => Promise.resolve(),
      add: (_object: unknown, notes: EventNote[]) =>
        Promise.resolve(did.push(...notes.map(({ reason }) => reason))),
    },
    deletions: { held: () => [], wanted: () => [], wantedOne: () => undefined, defers: () => false },
  };
  const environment = {
    ...parts,
    breakers: new Breakers({ clock, random: () => 0, wake: () => undefined }),
    tracing: noTracing,
    metrics: new Metrics(),
    clock,
    random: () => 0.5,
    log: silentLogger,
    signal: new AbortController().signal,
    resyncMs: 1_000,
    safeMs: () => 1_000,
    closed: () => undefined,
    ...changes,
  } as unknown as ReconcilerEnvironment;
  const controller: AnyController = clinicController({
    act: async (clinic, context) => {
      await note('act')();
      await hooks.act?.(clinic, context);
    },
    finalize: async (clinic, context) => {
      await note('finalize')();
      return hooks.finalize?.(clinic, context);
    },
  });
  const reconciler = new Reconciler({ ...controller, ...traits }, environment);
  const info = {
    isDirty: () => isDirty,
    failures: 0,
    began: () => undefined,
    ended: (result: RunResult) => results.push(result),
  };
  return { run: () => reconciler.run(KEY, info), did, results };
}

/** Does its part and then fails. */
function failAfter<A extends unknown[]>(work: (...args: A) => Promise<void>): (...args: A) => Promise<void> {
  return async (...args) => {
    await work(...args);
    throw new Error('refused');
  };
}

const TERMINATING = { deletionTimestamp: '2026-01-01T00:00:00Z' };

describe('a reconcile', () => {
  it('converges the children, acts, and reports', async () => {
    const { run, did, results } = scene(clinicOf(), {}, {});
    await run();
    expect([did, results]).toEqual([['converge', 'act', 'status'], []]);
  });

  const drifting = {
    converge: (_owner: unknown, _planned: unknown, _owning: unknown, { report }: Convergence) => {
      report.drifted.push({ child: 'ConfigMap x', conflicts: [] });
      return Promise.resolve();
    },
  };
  const down = { type: 'BrokerUp', status: 'False', reason: 'Down', message: 'm' } as const;
  it.each([
    ['the next child cannot be applied', { ...drifting, converge: failAfter(drifting.converge) }, undefined],
    ['act fails', drifting, new Error('broken')],
    ['what act needs is down', drifting, new DependencyDown('broker', down)],
  ])('tells what it has put right, even when then %s', async (_what, children, failure) => {
    const act = (): Promise<void> => (failure === undefined ? Promise.resolve() : Promise.reject(failure));
    const { run, did } = scene(clinicOf(), { act }, { children: children as unknown as Children });
    await run().catch(() => undefined);
    expect(did.filter((what) => what === 'DriftCorrected')).toHaveLength(1);
  });

  const generates = {
    act: () =>
      Promise.resolve({ events: [{ type: 'Normal', reason: 'SecretGenerated', message: 'm' } as const] }),
  };
  const applying = {
    converge: (_owner: unknown, _planned: unknown, _owning: unknown, { report }: Convergence) => {
      report.applied = 1;
      return Promise.resolve();
    },
  } as unknown as Children;

  it('puts its report off once while its children change, but not when act has something to tell', async () => {
    const plain = scene(clinicOf(), {}, { children: applying }, { isDirty: true });
    await plain.run();
    expect(plain.did).not.toContain('status');
    const telling = scene(clinicOf(), {}, { children: applying }, { ...generates, isDirty: true });
    await telling.run();
    expect(telling.did).toContain('status');
  });

  it('reports nothing of a plan that was made too early but what it did, and looks again soon', async () => {
    const leaving = {
      converge: (_owner: unknown, _planned: unknown, _owning: unknown, { report }: Convergence) => {
        report.left.push('Deployment x');
        report.againMs = 10;
        return Promise.resolve();
      },
    } as unknown as Children;
    const { run, did } = scene(clinicOf(), {}, { children: leaving }, generates);
    expect(await run()).toBe(10);
    expect(did).toEqual(['SecretGenerated']);
  });

  it('asks its controller whether it may take what others hold, and takes it where that has no say', async () => {
    const answers: boolean[] = [];
    const asking = {
      converge: async (_owner: unknown, _planned: unknown, _owning: unknown, { mayTake }: Convergence) => {
        answers.push(await mayTake({ ...clinicOf(), kind: 'ConfigMap' }, [{ manager: 'm', fields: ['.f'] }]));
      },
    } as unknown as Children;
    await scene(clinicOf(), {}, { children: asking }).run();
    const asked: unknown[] = [];
    const mayTake: AnyController['mayTake'] = (child, conflicts, { cache }) => {
      asked.push(child.kind, conflicts, typeof cache.get);
      return Promise.resolve(false);
    };
    await scene(clinicOf(), {}, { children: asking }, { mayTake }).run();
    expect([answers, asked]).toEqual([
      [true, false],
      ['ConfigMap', [{ manager: 'm', fields: ['.f'] }], 'function'],
    ]);
  });

  it('keeps what act has to tell when the status cannot be written', async () => {
    const status = { current: () => ({}), write: () => Promise.reject(new Error('away')) };
    const changes = { status: status as unknown as ReconcilerEnvironment['status'] };
    const { run, did } = scene(clinicOf(), {}, changes, generates);
    await expect(run()).rejects.toThrow('away');
    expect(did.filter((what) => what === 'SecretGenerated')).toHaveLength(1);
  });

  it('wants to be run again after the resync, spread: at rest, paused, and parked', async () => {
    const act = (): Promise<never> => Promise.reject(new DependencyDown('broker', down));
    const annotations = { 'careplane.dev/paused': 'true' };
    for (const [random, waitMs] of [
      [0.5, 1_000],
      [0, 800],
    ] as const) {
      const drawn = { random: () => random };
      expect(await scene(clinicOf(), {}, drawn).run()).toBe(waitMs);
      expect(await scene(clinicOf({ annotations }), {}, drawn).run()).toBe(waitMs);
      const parked = scene(clinicOf(), { act }, drawn);
      expect([await parked.run(), await parked.run()]).toEqual([waitMs, waitMs]);
      expect(parked.results).toEqual(['parked', 'parked']);
    }
  });

  it('that was to try a dependency lets another object try when it is suspended', async () => {
    const clock = new ManualClock();
    const woken: string[] = [];
    const breakers = new Breakers({
      clock,
      random: () => 0,
      wake: (_kind, { name }) => woken.push(name),
    });
    for (const name of [KEY.name, 'other']) {
      const key = { ...KEY, name };
      breakers.park('broker', { id: `Clinic ${keyId(key)}`, kind: 'Clinic', key, generation: 1 });
    }
    await clock.advance(1_000);
    expect(woken).toEqual([KEY.name]);
    await scene(clinicOf(), {}, { breakers, closed: () => 'suspended' }).run();
    await clock.advance(60_000);
    expect(woken).toEqual([KEY.name, 'other']);
  });

  it('does not begin to act when the Lease may be lost: brokers and databases know nothing of it', async () => {
    const { run, did } = scene(clinicOf(), {}, { safeMs: () => 0 });
    await expect(run()).rejects.toThrow(WriteFenced);
    expect(did).toEqual(['converge']);
  });

  it('does not begin to clean up when the Lease may be lost', async () => {
    const { run, did } = scene(clinicOf(TERMINATING), {}, { safeMs: () => 0 });
    await expect(run()).rejects.toThrow(WriteFenced);
    expect(did).toEqual([]);
  });

  it('leaves alone what is in another shard’s namespace, also when it terminates', async () => {
    for (const metadata of [{}, TERMINATING]) {
      const { run, did, results } = scene(clinicOf(metadata), {}, { closed: () => 'foreign' });
      await run();
      expect([did, results]).toEqual([[], ['suspended']]);
    }
  });

  it('leaves a kind alone whose definition goes, but lets go what was confirmed', async () => {
    const staying = scene(clinicOf(), {}, { closed: () => 'suspended' });
    await staying.run();
    expect([staying.did, staying.results]).toEqual([[], ['suspended']]);
    const confirmed = scene(clinicOf(TERMINATING), {}, { closed: () => 'suspended' });
    await confirmed.run();
    expect(confirmed.did).toEqual(['finalize', 'patch']);
  });

  it('does not clean up while the deletion is held', async () => {
    const deletions = { held: () => [], wanted: () => [], defers: () => true, stateOf: () => 'held' };
    const { run, did, results } = scene(
      clinicOf(TERMINATING),
      {},
      {
        deletions: deletions as unknown as ReconcilerEnvironment['deletions'],
      },
    );
    await run();
    expect([did, results]).toEqual([['status'], ['held']]);
  });

  it('writes the status of a paused object and nothing else, and cleans it up all the same', async () => {
    const annotations = { 'careplane.dev/paused': 'true' };
    const { run, did, results } = scene(clinicOf({ annotations }), {}, {});
    await run();
    expect([did, results]).toEqual([['status'], ['paused']]);
    const leaving = scene(clinicOf({ annotations, ...TERMINATING }), {}, {});
    await leaving.run();
    expect(leaving.did).toEqual(['finalize', 'patch']);
  });

  describe('whose clean-up needs what is down', () => {
    const finalize = (): Promise<number> => Promise.reject(new DependencyDown('broker', down));
    /** Runs the clean-up every five seconds, for a minute after a deletion that is an hour old. */
    async function aMinute(traits: Pick<AnyController, 'abandonsCleanup'>): Promise<[number, string[]]> {
      const clock = new ManualClock();
      const deletionTimestamp = new Date(clock.wall() - 3_600_000).toISOString();
      const { run, did } = scene(clinicOf({ deletionTimestamp }), { finalize }, { clock }, traits);
      for (let round = 0; round < 12 && !did.includes('patch'); round++) {
        await run();
        await clock.advance(5_000);
      }
      return [did.filter((what) => what === 'finalize').length, did];
    }

    it('keeps the finalizer as long as that takes', async () => {
      const [tries, did] = await aMinute({});
      expect([tries, did.includes('patch')]).toEqual([12, false]);
    });

    it('gives up 20 s after the first try, not after the deletion, when its controller lets it', async () => {
      const [tries, did] = await aMinute({ abandonsCleanup: true });
      expect([tries, did.at(-1)]).toEqual([5, 'patch']);
    });
  });
});
