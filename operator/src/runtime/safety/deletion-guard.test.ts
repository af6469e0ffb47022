import { describe, expect, it } from '@jest/globals';
import type { MassDeletionLimits } from './deletion-book.ts';
import { DeletionGuard, type HeldDeletions } from './deletion-guard.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { clinics } from '../fixtures/clinic.ts';
import type { KubeObject } from '../kube.ts';
import { silentLogger } from '../telemetry/log.ts';
import { cacheWith } from '../fixtures/cache.ts';
import { WantedCache } from './wanted-cache.ts';

const LIMITS: MassDeletionLimits = { share: 0.5, floor: 5, windowMs: 60_000 };

interface Scene {
  guard: DeletionGuard;
  clock: ManualClock;
  held: HeldDeletions[];
  turned: string[];
  /** Namespaces that say that deletions are meant. */
  confirming: Set<string>;
}

function scene(limits: MassDeletionLimits | undefined = LIMITS): Scene {
  const clock = new ManualClock();
  const held: HeldDeletions[] = [];
  const turned: string[] = [];
  const confirming = new Set<string>();
  const guard = new DeletionGuard(
    {
      limits,
      clock,
      log: silentLogger,
      confirms: (namespace) => Promise.resolve(confirming.has(namespace)),
      onTurn: (_type, objects) => turned.push(...objects.map(({ metadata }) => metadata.name)),
      onHeld: (deletions) => held.push(deletions),
      onChange: () => undefined,
    },
    [clinics],
  );
  return { guard, clock, held, turned, confirming };
}

function clinicOf(name: string, metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  const { apiVersion, kind } = clinics;
  return { apiVersion, kind, metadata: { name, namespace: 'a', uid: `uid-${name}`, ...metadata } };
}

function names(count: number, prefix = 'c'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

function add(
  guard: DeletionGuard,
  list: readonly string[],
  metadata: Partial<KubeObject['metadata']> = {},
): void {
  for (const name of list) guard.take(clinics, { type: 'added', object: clinicOf(name, metadata) });
}

function vanish(
  guard: DeletionGuard,
  list: readonly string[],
  metadata: Partial<KubeObject['metadata']> = {},
): void {
  for (const name of list) guard.take(clinics, { type: 'deleted', object: clinicOf(name, metadata) });
}

function terminate(
  guard: DeletionGuard,
  list: readonly string[],
  annotations?: Record<string, string>,
): void {
  for (const name of list) {
    const more = annotations === undefined ? {} : { annotations };
    const object = clinicOf(name, { deletionTimestamp: '2026-01-01T00:00:00Z', ...more });
    guard.take(clinics, { type: 'updated', object, previous: clinicOf(name) });
  }
}

const wanted = (guard: DeletionGuard, namespace?: string): string[] =>
  guard.wanted(clinics, namespace).map(({ metadata }) => metadata.name);

describe('the guard against mass deletion', () => {
  it('lets a few deletions have their consequences after a short while', async () => {
    const { guard, clock, held, turned } = scene();
    add(guard, names(10));
    vanish(guard, ['c0', 'c1']);
    expect(wanted(guard)).toEqual(['c0', 'c1']);
    await clock.advance(2_000);
    expect([wanted(guard), held, turned]).toEqual([[], [], ['c0', 'c1']]);
  });

  it('waits only a moment where there are fewer than would count as many', async () => {
    const { guard, clock, held } = scene();
    add(guard, names(4));
    vanish(guard, names(4));
    await clock.advance(250);
    expect([wanted(guard), held]).toEqual([[], []]);
  });

  it('holds what an empty list took away, names it, and lets it go when its namespace confirms', async () => {
    const { guard, clock, held, turned, confirming } = scene();
    add(guard, names(6));
    vanish(guard, names(6));
    await clock.advance(2_000);
    expect(held[0]).toMatchObject({ namespace: 'a', type: clinics });
    expect(held[0]?.objects).toHaveLength(6);
    await clock.advance(600_000);
    expect(wanted(guard)).toEqual(names(6));
    turned.length = 0;
    confirming.add('a');
    await clock.advance(3_000);
    expect([wanted(guard), turned]).toEqual([[], names(6)]);
  });

  it('holds deletions that come one after the other, also the first', async () => {
    const { guard, clock } = scene();
    add(guard, names(9));
    for (const name of names(5)) {
      vanish(guard, [name]);
      await clock.advance(1_000);
    }
    await clock.advance(10_000);
    expect(wanted(guard)).toEqual(names(5));
  });

  it('lets a deletion wait ten seconds at most before it is judged', async () => {
    const { guard, clock } = scene();
    add(guard, names(100));
    for (const name of names(8)) {
      vanish(guard, [name]);
      await clock.advance(1_500);
    }
    expect(guard.stateOf(clinics, { namespace: 'a', name: 'c0' })).toBe('released');
  });

  it('lets half of them go, and holds one more than half', async () => {
    for (const [gone, expected] of [
      [5, 0],
      [6, 6],
    ] as const) {
      const { guard, clock } = scene();
      add(guard, names(10));
      vanish(guard, names(gone));
      await clock.advance(2_000);
      expect(wanted(guard)).toHaveLength(expected);
    }
  });

  it('judges each namespace by itself, and all of them together', async () => {
    const { guard, clock } = scene();
    add(guard, names(6));
    add(guard, names(50, 'other'), { namespace: 'b' });
    vanish(guard, names(6));
    await clock.advance(2_000);
    expect([wanted(guard, 'a').length, wanted(guard, 'b').length]).toEqual([6, 0]);

    const spread = scene();
    for (const namespace of names(8, 'ns')) add(spread.guard, ['x'], { namespace });
    for (const namespace of names(6, 'ns')) vanish(spread.guard, ['x'], { namespace });
    await spread.clock.advance(2_000);
    expect(wanted(spread.guard)).toHaveLength(6);
  });

  it('counts an object that terminates once, and shows it as it was', async () => {
    const { guard, clock } = scene();
    add(guard, names(8));
    terminate(guard, names(3));
    vanish(guard, ['c0', 'c1', 'c2'], { deletionTimestamp: '2026-01-01T00:00:00Z' });
    await clock.advance(2_000);
    expect(wanted(guard)).toEqual([]);
    terminate(guard, ['c3', 'c4']);
    await clock.advance(2_000);
    expect(guard.defers(clinics, { namespace: 'a', name: 'c3' })).toBe(true);
    expect(guard.wanted(clinics).every(({ metadata }) => !('deletionTimestamp' in metadata))).toBe(true);
  });

  it('lets each object go that is confirmed itself, also before its deletion', async () => {
    const { guard, clock } = scene();
    const annotations = { 'careplane.dev/confirm-deletion': 'true' };
    add(guard, names(6));
    terminate(guard, names(6));
    await clock.advance(2_000);
    expect(wanted(guard)).toHaveLength(6);
    terminate(guard, ['c0'], annotations);
    await clock.advance(2_000);
    // Five of six are still one mass.
    expect(wanted(guard)).toEqual(names(6).slice(1));

    const meant = scene();
    add(meant.guard, names(6));
    vanish(meant.guard, names(6), { annotations });
    await meant.clock.advance(2_000);
    expect(wanted(meant.guard)).toEqual([]);
  });

  it('keeps the rest held until it is meant, whatever comes back, is new, or goes', async () => {
    const { guard, clock, confirming } = scene();
    add(guard, names(6));
    vanish(guard, names(6));
    await clock.advance(2_000);
    add(guard, names(5), { uid: 'new' });
    // As many as would make it a few among many, and one more deletion to judge.
    add(guard, names(20, 'other'));
    vanish(guard, ['other0']);
    await clock.advance(600_000);
    expect(wanted(guard)).toEqual(['c5']);
    confirming.add('a');
    await clock.advance(3_000);
    expect(wanted(guard)).toEqual([]);
  });

  it('holds even a single deletion while the definition of the kind goes, and when that is back until it is applied again or meant', async () => {
    const { guard, clock, confirming } = scene();
    add(guard, ['c0', 'c1', 'c2']);
    guard.suspend(clinics, true);
    vanish(guard, ['c0', 'c1']);
    await clock.advance(60_000);
    // Not judged yet when the definition is back.
    vanish(guard, ['c2']);
    guard.suspend(clinics, false);
    await clock.advance(600_000);
    expect(wanted(guard)).toEqual(['c0', 'c1', 'c2']);
    add(guard, ['c0'], { uid: 'new' });
    await clock.advance(10_000);
    expect(wanted(guard)).toEqual(['c1', 'c2']);
    confirming.add('a');
    await clock.advance(3_000);
    expect(wanted(guard)).toEqual([]);
    // It is over: a deletion that has nothing to do with it takes its course.
    vanish(guard, ['c0'], { uid: 'new' });
    await clock.advance(2_000);
    expect(wanted(guard)).toEqual([]);
  });

  it('does not take a namespace that is another operator’s now for a deletion', async () => {
    const { guard, clock, held } = scene();
    add(guard, names(6));
    terminate(guard, names(6));
    guard.forgetNamespace('a');
    await clock.advance(60_000);
    expect([wanted(guard), held]).toEqual([[], []]);
  });

  it('takes what terminates when the operator starts for one mass, as if it had just been deleted', async () => {
    const { guard, clock } = scene();
    add(guard, names(6), { deletionTimestamp: '2026-01-01T00:00:00Z' });
    add(guard, names(4, 'stays'));
    await clock.advance(2_000);
    expect(wanted(guard)).toEqual(names(6));
  });

  it('has what must not be forgotten from the moment in which it is a mass, not only when that is decided', async () => {
    const { guard, clock } = scene();
    add(guard, names(8));
    vanish(guard, names(4));
    expect(guard.unforgettable()).toEqual([]);
    vanish(guard, ['c4']);
    expect(guard.unforgettable().map(({ metadata }) => metadata.name)).toEqual(names(5));
    await clock.advance(2_000);
    expect(guard.unforgettable()).toHaveLength(5);
    add(guard, names(5), { uid: 'new' });
    expect(guard.unforgettable()).toEqual([]);
  });

  it('goes on holding what another process held, asks at once, and lets go what is back in its first list', async () => {
    const { guard, clock, held, confirming } = scene();
    guard.restore(
      clinics,
      names(6).map((name) => clinicOf(name)),
    );
    add(guard, names(3), { uid: 'new' });
    add(guard, names(1, 'stays'));
    expect(wanted(guard)).toEqual(['c3', 'c4', 'c5']);
    await clock.advance(0);
    expect(held).toHaveLength(1);
    await clock.advance(2_000);
    expect(wanted(guard)).toEqual(['c3', 'c4', 'c5']);

    const meant = scene();
    meant.confirming.add('a');
    meant.guard.restore(
      clinics,
      names(6).map((name) => clinicOf(name)),
    );
    await meant.clock.advance(0);
    expect(wanted(meant.guard)).toEqual([]);
    expect(confirming.size).toBe(0);
  });

  it('does not let a record overrule what it knows itself', async () => {
    const { guard, clock } = scene();
    add(guard, names(10));
    vanish(guard, ['c0']);
    await clock.advance(2_000);
    guard.restore(clinics, [clinicOf('c0')]);
    expect(wanted(guard)).toEqual([]);
  });

  it('forgets what was restored and terminates still as soon as it is confirmed and gone', async () => {
    const { guard, clock, confirming } = scene();
    guard.restore(
      clinics,
      names(6).map((name) => clinicOf(name)),
    );
    add(guard, names(6), { deletionTimestamp: '2026-01-01T00:00:00Z' });
    confirming.add('a');
    await clock.advance(4_000);
    expect(guard.stateOf(clinics, { namespace: 'a', name: 'c0' })).toBe('released');
    vanish(guard, names(6), { deletionTimestamp: '2026-01-01T00:00:00Z' });
    await clock.advance(130_000);
    expect(guard.stateOf(clinics, { namespace: 'a', name: 'c0' })).toBeUndefined();
  });

  it('lets go what was confirmed while it was deleted, although that is taken back before anything is decided', async () => {
    const { guard, clock, held, confirming } = scene();
    add(guard, names(6));
    confirming.add('a');
    vanish(guard, names(6));
    await clock.advance(200);
    confirming.clear();
    await clock.advance(60_000);
    expect([wanted(guard), held]).toEqual([[], []]);
  });

  it('keeps holding when the namespace cannot be asked', async () => {
    const { clock } = scene();
    const guard = new DeletionGuard(
      {
        limits: LIMITS,
        clock,
        log: silentLogger,
        confirms: () => Promise.reject(new Error('forbidden')),
        onTurn: () => undefined,
        onHeld: () => undefined,
        onChange: () => undefined,
      },
      [clinics],
    );
    add(guard, names(6));
    vanish(guard, names(6));
    await clock.advance(60_000);
    expect(wanted(guard)).toHaveLength(6);
    await guard.stop();
  });

  it('forgets what it released when the window is over', async () => {
    const { guard, clock } = scene();
    add(guard, names(20));
    vanish(guard, ['c0']);
    await clock.advance(130_000);
    expect(guard.stateOf(clinics, { namespace: 'a', name: 'c0' })).toBeUndefined();
  });
});

describe('the cache that controllers see', () => {
  const index = { type: clinics, name: 'by-name', keys: ({ metadata }: KubeObject) => [metadata.name] };

  it('has what is held as it was, by name, list, label and index', async () => {
    const { guard, clock } = scene();
    const labels = { 'careplane.dev/owner': 'x' };
    add(guard, names(6), { labels });
    vanish(guard, names(6), { labels });
    await clock.advance(2_000);
    const terminating = clinicOf('c0', { deletionTimestamp: '2026-01-01T00:00:00Z', labels });
    const cache = new WantedCache(cacheWith([terminating, clinicOf('stays')], [index]), guard);
    expect(cache.get(clinics, { namespace: 'a', name: 'c0' })?.metadata.deletionTimestamp).toBeUndefined();
    expect(cache.list(clinics, 'a')).toHaveLength(7);
    expect(cache.list(clinics, 'b')).toEqual([]);
    expect(cache.list(clinics, 'a', labels)).toHaveLength(6);
    expect(cache.byIndex(index, 'c0', 'a').map(({ metadata }) => metadata.deletionTimestamp)).toEqual([
      undefined,
    ]);
    expect(cache.byIndex(index, 'stays').map(({ metadata }) => metadata.name)).toEqual(['stays']);
  });
});
