import { describe, expect, it } from '@jest/globals';
import type { Children } from '../apply/children.ts';
import type { Convergence } from '../apply/convergence.ts';
import { DependencyDown, type AnyController, type EventNote } from '../controller.ts';
import { WriteFenced } from '../errors.ts';
import { clinicController, clinics, type ClinicHooks } from '../fixtures/clinic.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import type { CustomObject, KubeObject } from '../kube.ts';
import { silentLogger } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { Reconciler, type ReconcilerEnvironment, type RunResult } from './reconciler.ts';
import { noTracing } from '../telemetry/tracing.ts';

const KEY = { namespace: 'default', name: 'x' };

function clinicOf(metadata: Partial<KubeObject['metadata']> = {}): CustomObject<unknown> {
  const { apiVersion, kind } = clinics;
  const base = { ...KEY, uid: 'u', generation: 1 };
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
  }: Pick<AnyController, 'act' | 'mayTake' | 'decides'> & { isDirty?: boolean } = {},
): Scene {
  const did: string[] = [];
  const results: RunResult[] = [];
  const clock = new ManualClock();
  const note = (what: string) => (): Promise<Record<string, never>> => {
    did.push(what);
    return Promise.resolve({});
  };
  const parts = {
    client: {},
    informers: { get: () => object, list: () => [] },
    children: {
      converge: note('converge'),
      pending: () => Promise.resolve([]),
    },
    status: { current: () => ({}), write: note('status') },
    events: {
      record: () => Promise.resolve(),
      add: (_object: unknown, notes: EventNote[]) =>
        Promise.resolve(did.push(...notes.map(({ reason }) => reason))),
    },
  };
  const environment = {
    ...parts,
    tracing: noTracing,
    metrics: new Metrics(),
    clock,
    random: () => 0.5,
    log: silentLogger,
    signal: new AbortController().signal,
    resyncMs: 1_000,
    safeMs: () => 1_000,
    isSuspended: () => false,
    ...changes,
  } as unknown as ReconcilerEnvironment;
  const controller: AnyController = clinicController({
    act: async (clinic, context) => {
      await note('act')();
      await hooks.act?.(clinic, context);
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

  const refusing = (makesPods: boolean): Children =>
    ({
      converge: (_owner: unknown, _planned: unknown, _owning: unknown, { report }: Convergence) => {
        report.refused.push({ child: 'Service x', why: 'the port is taken', makesPods });
        return Promise.resolve();
      },
    }) as unknown as Children;

  it('acts and reports though a child is refused, and fails so that it is tried again', async () => {
    const { run, did } = scene(clinicOf(), {}, { children: refusing(false) });
    await expect(run()).rejects.toThrow('Service x: the port is taken');
    expect(did).toEqual(['act', 'status']);
  });

  it.each([
    [true, 7],
    [false, 0],
  ])(
    'keeps what was decided before when pods are refused (%s), since that is not carried out',
    async (makesPods, rooms) => {
      const written: unknown[] = [];
      const status = {
        current: () => ({ rooms: 7 }),
        write: (_client: unknown, _object: unknown, wanted: object) => Promise.resolve(written.push(wanted)),
      } as unknown as ReconcilerEnvironment['status'];
      const { run } = scene(
        clinicOf(),
        {},
        { children: refusing(makesPods), status },
        { decides: ['rooms'] },
      );
      await expect(run()).rejects.toThrow('Service x');
      const ready = expect.objectContaining({ type: 'Ready', reason: 'ChildRefused' }) as unknown;
      expect(written).toMatchObject([{ rooms, conditions: expect.arrayContaining([ready]) as unknown }]);
    },
  );

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

  it('wants to be run again after the resync, spread: at rest and paused', async () => {
    const annotations = { 'careplane.dev/paused': 'true' };
    for (const [random, waitMs] of [
      [0.5, 1_000],
      [0, 800],
    ] as const) {
      const drawn = { random: () => random };
      expect(await scene(clinicOf(), {}, drawn).run()).toBe(waitMs);
      expect(await scene(clinicOf({ annotations }), {}, drawn).run()).toBe(waitMs);
    }
  });

  it('shows what is down, fails so that it is tried again, and says when it is back', async () => {
    const metrics = new Metrics();
    let isDown = true;
    const act = (): Promise<void> =>
      isDown ? Promise.reject(new DependencyDown('broker', down)) : Promise.resolve();
    const { run, did } = scene(clinicOf(), { act }, { metrics });
    await expect(run()).rejects.toThrow(DependencyDown);
    expect(did.at(-1)).toBe('status');
    expect(await metrics.registry.metrics()).toContain('careplane_dependency_down{dependency="broker"} 1');
    isDown = false;
    await run();
    expect(await metrics.registry.metrics()).not.toContain('careplane_dependency_down{');
  });

  it('does not begin to act when the Lease may be lost: brokers and databases know nothing of it', async () => {
    const { run, did } = scene(clinicOf(), {}, { safeMs: () => 0 });
    await expect(run()).rejects.toThrow(WriteFenced);
    expect(did).toEqual(['converge']);
  });

  it('leaves alone a kind whose definition goes, and what is in another shard’s namespace', async () => {
    const { run, did, results } = scene(clinicOf(), {}, { isSuspended: () => true });
    await run();
    expect([did, results]).toEqual([[], ['suspended']]);
  });

  it('does nothing for what terminates: its children go with it', async () => {
    const { run, did } = scene(clinicOf({ deletionTimestamp: '2026-01-01T00:00:00Z' }), {}, {});
    await run();
    expect(did).toEqual([]);
  });

  it('writes the status of a paused object and nothing else', async () => {
    const annotations = { 'careplane.dev/paused': 'true' };
    const { run, did, results } = scene(clinicOf({ annotations }), {}, {});
    await run();
    expect([did, results]).toEqual([['status'], ['paused']]);
  });
});
