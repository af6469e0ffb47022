import { describe, expect, it } from '@jest/globals';
import { installCrd, until } from '@careplane/testing';
import { DependencyDown, type AnyController } from './controller.ts';
import { clinic, clinicController, clinicDefinition, clinicPath, clinics } from './fixtures/clinic.ts';
import { count, hubController, noteIn } from './fixtures/hub.ts';
import { conditionOf, CONFIG_MAPS, operatorScene } from './fixtures/operator-scene.ts';
import type { AnyObject } from './kube.ts';
import type { Manager } from './manager.ts';

const DEFINITION = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${clinicDefinition.metadata.name}`;

const scene = operatorScene();

function operate(controller: AnyController): Promise<Manager> {
  return scene.operate(controller, { massDeletion: { share: 0.5, floor: 5, windowMs: 60_000 } });
}

async function held(manager: Manager): Promise<number> {
  return until(
    async () => {
      const text = await (await fetch(`http://127.0.0.1:${manager.healthPort}/metrics`)).text();
      return Number(/careplane_held_deletions\{kind="Clinic"\} (\d+)/.exec(text)?.[1] ?? 0) || undefined;
    },
    { what: 'held deletions in the metrics' },
  );
}

const list = (length: number): string[] => Array.from({ length }, (_, index) => `m${index}`);

describe('a paused object', () => {
  it('is not written to, says what it would write, and is brought in line at once afterwards', async () => {
    let acts = 0;
    await operate(clinicController({ act: () => count(() => acts++) }));
    await scene.apply('paused', { message: 'one', rooms: ['a'] });
    await scene.ready('paused');
    await scene.annotate(clinicPath('paused'), { 'careplane.dev/paused': 'true' });
    expect(await scene.condition('paused', 'Paused')).toMatchObject({ status: 'True', reason: 'Paused' });
    const before = acts;
    await scene.apply('paused', { message: 'two', rooms: [] });
    await scene.api.demand('DELETE', `${CONFIG_MAPS}/paused`);
    const seen = await until(
      async () => {
        const object = await scene.read('paused');
        const message = String(conditionOf(object, 'Paused')?.['message']);
        return ['ConfigMap paused,', 'ConfigMap paused-a', 'Secret paused'].every((part) =>
          message.includes(part),
        )
          ? object
          : undefined;
      },
      { what: 'the condition to name what waits' },
    );
    expect(conditionOf(seen, 'Ready')?.['status']).toBe('True');
    expect(seen.status?.observedGeneration).toBe((seen.metadata.generation ?? 0) - 1);
    expect([
      await scene.exists(`${CONFIG_MAPS}/paused`),
      await scene.exists(`${CONFIG_MAPS}/paused-a`),
    ]).toEqual([false, true]);
    expect(acts).toBe(before);

    await scene.annotate(clinicPath('paused'), { 'careplane.dev/paused': null });
    await scene.ready('paused');
    expect(await scene.dataOf('paused')).toEqual({ message: 'two' });
    expect(await scene.exists(`${CONFIG_MAPS}/paused-a`)).toBe(false);
    expect(conditionOf(await scene.read('paused'), 'Paused')).toBeUndefined();
    await scene.delete('paused');
  });

  it('is cleaned up when it is deleted: a pause never holds a deletion', async () => {
    const cleaned = new Set<string>();
    await operate(clinicController({ finalize: noteIn(cleaned) }));
    await scene.apply('leaving');
    await scene.ready('leaving');
    await scene.annotate(clinicPath('leaving'), { 'careplane.dev/paused': 'true' });
    await scene.condition('leaving', 'Paused');
    await scene.delete('leaving');
    await scene.gone('leaving');
    expect(cleaned.size).toBe(1);
  });
});

describe('a mass deletion', () => {
  it('is held: no clean-up, users kept, an event; and goes on when the namespace confirms', async () => {
    const cleaned = new Set<string>();
    const manager = await operate(hubController({ finalize: noteIn(cleaned) }));
    const names = list(6);
    for (const name of ['hub', ...names]) await scene.apply(name);
    for (const name of ['hub', ...names]) await scene.ready(name);
    for (const name of names) await scene.delete(name);
    expect(await scene.condition('m3', 'DeletionHeld')).toMatchObject({
      status: 'True',
      reason: 'MassDeletion',
    });
    expect(await scene.condition('hub', 'DeletionsHeld')).toMatchObject({ status: 'True' });
    expect(await scene.dataOf('hub')).toEqual({ users: names.join(' ') });
    expect(cleaned.size).toBe(0);
    const event = await scene.event(({ reason }) => reason === 'MassDeletionHeld');
    expect(event.note).toContain('kubectl annotate namespace default careplane.dev/confirm-deletion=true');
    expect(manager.informers.get(clinics, { namespace: 'default', name: 'm0' })).toBeDefined();

    await scene.annotate('/api/v1/namespaces/default', { 'careplane.dev/confirm-deletion': 'true' });
    await scene.gone(...names);
    await until(async () => (await scene.dataOf('hub'))['users'] === '', { what: 'the users to go' });
    await scene.conditionGone('hub', 'DeletionsHeld');
    expect(cleaned.size).toBe(6);
    await scene.annotate('/api/v1/namespaces/default', { 'careplane.dev/confirm-deletion': null });
    await scene.delete('hub');
    await scene.gone('hub');
  });

  it('of objects without finalizer leaves what depends on them as it was, until they are back', async () => {
    await operate(hubController());
    const names = list(6);
    for (const name of ['hub', ...names]) await scene.apply(name);
    for (const name of ['hub', ...names]) await scene.ready(name);
    await scene.api.demand('DELETE', '/apis/test.careplane.dev/v1/namespaces/default/clinics', {
      body: { apiVersion: 'v1', kind: 'DeleteOptions' },
    });
    await scene.gone('hub', ...names);
    await scene.apply('hub');
    expect(await scene.condition('hub', 'DeletionsHeld')).toMatchObject({ reason: 'MassDeletion' });
    expect(await scene.dataOf('hub')).toEqual({ users: names.join(' ') });
    for (const name of names) await scene.apply(name);
    await scene.conditionGone('hub', 'DeletionsHeld');
    const after = (await scene.api.demand('GET', `${CONFIG_MAPS}/hub`)) as AnyObject;
    expect(after['data']).toEqual({ users: names.join(' ') });
    await scene.annotate('/api/v1/namespaces/default', { 'careplane.dev/confirm-deletion': 'true' });
    for (const name of ['hub', ...names]) await scene.delete(name);
    await scene.gone('hub', ...names);
    await scene.annotate('/api/v1/namespaces/default', { 'careplane.dev/confirm-deletion': null });
  });
});

describe('the deletion of a namespace', () => {
  it('is a confirmation by itself: nothing in it is held', async () => {
    const cleaned = new Set<string>();
    const manager = await operate(clinicController({ finalize: noteIn(cleaned) }));
    const namespace = '/api/v1/namespaces/ending';
    await scene.api.demand('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending' } },
    });
    const names = list(6);
    for (const name of names)
      await scene.api.apply(clinicPath(name, 'ending'), clinic(name, { message: name }, 'ending'));
    await until(
      () =>
        Promise.resolve(
          manager.informers
            .list(clinics, 'ending')
            .filter(({ metadata }) => metadata.finalizers !== undefined).length === names.length,
        ),
      { what: 'the finalizers' },
    );
    // No controller manager runs here, so the namespace stays terminating and the test deletes what is in it.
    await scene.api.demand('DELETE', namespace);
    for (const name of names) await scene.api.demand('DELETE', clinicPath(name, 'ending'));
    for (const name of names)
      await until(async () => !(await scene.exists(clinicPath(name, 'ending'))), {
        what: `${name} to be gone`,
      });
    expect(cleaned.size).toBe(6);
  });
});

describe('a clean-up whose dependency is down', () => {
  it('is tried again for a while and then given up where its controller says so, so that the deletion completes within 30 s', async () => {
    const down = { type: 'Broker', status: 'False', reason: 'BrokerDown', message: 'no pod' } as const;
    const finalize = (): Promise<number> => Promise.reject(new DependencyDown('broker', down));
    await operate({ ...clinicController({ finalize }), abandonsCleanup: true });
    await scene.apply('stuck');
    await scene.ready('stuck');
    const startedAt = performance.now();
    await scene.delete('stuck');
    expect(await scene.condition('stuck', 'Broker')).toMatchObject({ reason: 'BrokerDown' });
    await until(async () => !(await scene.exists(clinicPath('stuck'))), {
      what: 'the deletion',
      deadlineMs: 40_000,
    });
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });
});

// Last, since it takes the definition away.
describe('a definition that goes', () => {
  it('stops the kind: what its objects leave behind is kept, and it goes on when the definition is back', async () => {
    const cleaned = new Set<string>();
    const manager = await operate(hubController({ finalize: noteIn(cleaned) }));
    for (const name of ['hub', 'm0']) await scene.apply(name);
    for (const name of ['hub', 'm0']) await scene.ready(name);
    await until(async () => (await scene.dataOf('hub'))['users'] === 'm0', { what: 'the hub to know of m0' });
    await scene.api.demand('DELETE', DEFINITION);
    const event = await scene.event(({ reason }) => reason === 'DefinitionGoing');
    expect(event.regarding.kind).toBe('Lease');
    // The API server deletes every object of the kind; the finalizer keeps them, since nobody meant that.
    await until(async () => (await scene.read('m0')).metadata.deletionTimestamp !== undefined, {
      what: 'the deletion of the objects',
    });
    expect(await scene.dataOf('hub')).toEqual({ users: 'm0' });
    expect(cleaned.size).toBe(0);
    expect(await held(manager)).toBeGreaterThan(0);

    await scene.annotate('/api/v1/namespaces/default', { 'careplane.dev/confirm-deletion': 'true' });
    await until(async () => !(await scene.exists(DEFINITION)), { what: 'the definition to be gone' });
    expect(cleaned.size).toBe(2);
    await scene.annotate('/api/v1/namespaces/default', { 'careplane.dev/confirm-deletion': null });
    await installCrd(scene.api, clinicDefinition);
    await scene.apply('m1');
    await scene.ready('m1');
  });
});
