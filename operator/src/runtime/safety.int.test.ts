import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { installCrd, startApiServer, until, type RunningApiServer } from '@careplane/testing';
import { DependencyDown, type AnyController, type Watch } from './controller.ts';
import {
  clinic,
  clinicController,
  clinicDefinition,
  clinicPath,
  clinics,
  type Clinic,
  type ClinicHooks,
} from './fixtures/clinic.ts';
import type { AnyObject, KubeObject } from './kube.ts';
import { silentLogger } from './telemetry/log.ts';
import { startManager, type Manager } from './manager.ts';

jest.setTimeout(60_000);

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEFINITION = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${clinicDefinition.metadata.name}`;
const MERGE = { contentType: 'application/merge-patch+json' };

let server: RunningApiServer;
let managers: Manager[] = [];
let serial = 0;

beforeAll(async () => {
  server = await startApiServer();
  await installCrd(server.api, clinicDefinition);
}, 120_000);

afterEach(async () => {
  await Promise.all(managers.map((manager) => manager.stop()));
  managers = [];
});

afterAll(async () => {
  await server.stop();
});

async function operate(controller: AnyController): Promise<Manager> {
  serial++;
  const manager = await startManager({
    kubeconfig: server.kubeconfigPath,
    controllers: [controller],
    lease: { namespace: 'default', name: `operator-${serial}` },
    identity: `test-${serial}`,
    userAgent: 'careplane-operator',
    health: { host: '127.0.0.1', port: 0 },
    massDeletion: { share: 0.5, floor: 5, windowMs: 60_000 },
    log: silentLogger,
  });
  managers.push(manager);
  return manager;
}

/** As the Clinic controller; the clinic `hub` keeps a ConfigMap with the names of all others, as a broker keeps users. */
function hubController(hooks: ClinicHooks = {}): AnyController {
  const plain = clinicController(hooks);
  const watch: Watch = {
    type: clinics,
    map: ({ metadata }, cache) =>
      metadata.name === 'hub' || cache.get(clinics, { namespace: 'default', name: 'hub' }) === undefined
        ? []
        : [{ namespace: 'default', name: 'hub' }],
  };
  return {
    ...plain,
    watches: [watch],
    observe: (_clinic, { cache }) =>
      Promise.resolve(
        cache
          .list(clinics, 'default')
          .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
          .map(({ metadata }) => metadata.name)
          .sort(),
      ),
    plan: (object, observed) => {
      const plan = plain.plan(object, undefined);
      if (object.metadata.name !== 'hub') return plan;
      const users = (observed as string[]).filter((name) => name !== 'hub').join(' ');
      const child: AnyObject = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'hub' },
        data: { users },
      };
      return { ...plan, children: [child] };
    },
  };
}

async function apply(name: string, spec: Clinic['spec'] = { message: name }): Promise<void> {
  await server.api.apply(clinicPath(name), clinic(name, spec));
}

async function annotate(path: string, annotations: Record<string, string | null>): Promise<void> {
  await server.api.demand('PATCH', path, { body: { metadata: { annotations } }, ...MERGE });
}

async function read(name: string): Promise<Clinic> {
  return (await server.api.demand('GET', clinicPath(name))) as Clinic;
}

async function ready(name: string): Promise<void> {
  await until(
    async () => {
      const object = await read(name);
      const isReady = conditionOf(object, 'Ready')?.['status'] === 'True';
      return isReady && object.status?.observedGeneration === object.metadata.generation;
    },
    { what: `${name} to be Ready` },
  );
}

function conditionOf(object: Clinic, type: string): Record<string, unknown> | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type) as
    Record<string, unknown> | undefined;
}

async function condition(name: string, type: string): Promise<Record<string, unknown>> {
  return until(async () => conditionOf(await read(name), type), { what: `${type} of ${name}` });
}

async function exists(path: string): Promise<boolean> {
  return (await server.api.request('GET', path)).status === 200;
}

async function gone(...names: string[]): Promise<void> {
  for (const name of names)
    await until(async () => !(await exists(clinicPath(name))), { what: `${name} to be gone` });
}

async function dataOf(name: string): Promise<Record<string, string>> {
  const map = (await server.api.demand('GET', `${CONFIG_MAPS}/${name}`)) as AnyObject;
  return map['data'] as Record<string, string>;
}

/** A clean-up that notes for whom it was called; it may be called again when the object changed meanwhile. */
function noteIn(names: Set<string>): NonNullable<ClinicHooks['finalize']> {
  return ({ metadata }) => count(() => names.add(metadata.name));
}

async function count(increase: () => void): Promise<undefined> {
  await Promise.resolve();
  increase();
}

const list = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

describe('a paused object', () => {
  it('is not written to, says what it would write, and is brought in line at once afterwards', async () => {
    let acts = 0;
    await operate(clinicController({ act: () => count(() => acts++) }));
    await apply('paused', { message: 'one', rooms: ['a'] });
    await ready('paused');
    await annotate(clinicPath('paused'), { 'careplane.dev/paused': 'true' });
    expect(await condition('paused', 'Paused')).toMatchObject({ status: 'True', reason: 'Paused' });
    const before = acts;
    await apply('paused', { message: 'two', rooms: [] });
    await server.api.demand('DELETE', `${CONFIG_MAPS}/paused`);
    const seen = await until(
      async () => {
        const object = await read('paused');
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
    expect([await exists(`${CONFIG_MAPS}/paused`), await exists(`${CONFIG_MAPS}/paused-a`)]).toEqual([
      false,
      true,
    ]);
    expect(acts).toBe(before);

    await annotate(clinicPath('paused'), { 'careplane.dev/paused': null });
    await ready('paused');
    expect(await dataOf('paused')).toEqual({ message: 'two' });
    expect(await exists(`${CONFIG_MAPS}/paused-a`)).toBe(false);
    expect(conditionOf(await read('paused'), 'Paused')).toBeUndefined();
    await server.api.demand('DELETE', clinicPath('paused'));
  });

  it('is cleaned up when it is deleted: a pause never holds a deletion', async () => {
    const cleaned = new Set<string>();
    await operate(clinicController({ finalize: noteIn(cleaned) }));
    await apply('leaving');
    await ready('leaving');
    await annotate(clinicPath('leaving'), { 'careplane.dev/paused': 'true' });
    await condition('leaving', 'Paused');
    await server.api.demand('DELETE', clinicPath('leaving'));
    await gone('leaving');
    expect(cleaned.size).toBe(1);
  });
});

describe('a mass deletion', () => {
  it('is held: no clean-up, users kept, an event; and goes on when the namespace confirms', async () => {
    const cleaned = new Set<string>();
    const manager = await operate(hubController({ finalize: noteIn(cleaned) }));
    const names = list(6);
    for (const name of ['hub', ...names]) await apply(name);
    for (const name of ['hub', ...names]) await ready(name);
    for (const name of names) await server.api.demand('DELETE', clinicPath(name));
    expect(await condition('m3', 'DeletionHeld')).toMatchObject({ status: 'True', reason: 'MassDeletion' });
    expect(await condition('hub', 'DeletionsHeld')).toMatchObject({ status: 'True' });
    expect(await dataOf('hub')).toEqual({ users: names.join(' ') });
    expect(cleaned.size).toBe(0);
    const event = await until(
      async () => {
        const found = (await server.api.demand(
          'GET',
          '/apis/events.k8s.io/v1/namespaces/default/events',
        )) as {
          items: (KubeObject & { reason: string; note: string })[];
        };
        return found.items.find(({ reason }) => reason === 'MassDeletionHeld');
      },
      { what: 'the event' },
    );
    expect(event.note).toContain('kubectl annotate namespace default careplane.dev/confirm-deletion=true');
    expect(manager.informers.get(clinics, { namespace: 'default', name: 'm0' })).toBeDefined();

    await annotate('/api/v1/namespaces/default', { 'careplane.dev/confirm-deletion': 'true' });
    await gone(...names);
    await until(async () => (await dataOf('hub'))['users'] === '', { what: 'the users to go' });
    await until(async () => conditionOf(await read('hub'), 'DeletionsHeld') === undefined, {
      what: 'the condition to go',
    });
    expect(cleaned.size).toBe(6);
    await annotate('/api/v1/namespaces/default', { 'careplane.dev/confirm-deletion': null });
    await server.api.demand('DELETE', clinicPath('hub'));
    await gone('hub');
  });

  it('of objects without finalizer leaves what depends on them as it was, until they are back', async () => {
    await operate(hubController());
    const names = list(6);
    for (const name of ['hub', ...names]) await apply(name);
    for (const name of ['hub', ...names]) await ready(name);
    await server.api.demand('DELETE', '/apis/test.careplane.dev/v1/namespaces/default/clinics', {
      body: { apiVersion: 'v1', kind: 'DeleteOptions' },
    });
    await gone('hub', ...names);
    await apply('hub');
    expect(await condition('hub', 'DeletionsHeld')).toMatchObject({ reason: 'MassDeletion' });
    expect(await dataOf('hub')).toEqual({ users: names.join(' ') });
    for (const name of names) await apply(name);
    await until(async () => conditionOf(await read('hub'), 'DeletionsHeld') === undefined, {
      what: 'the condition to go',
    });
    const after = (await server.api.demand('GET', `${CONFIG_MAPS}/hub`)) as AnyObject;
    expect(after['data']).toEqual({ users: names.join(' ') });
    await annotate('/api/v1/namespaces/default', { 'careplane.dev/confirm-deletion': 'true' });
    for (const name of ['hub', ...names]) await server.api.demand('DELETE', clinicPath(name));
    await gone('hub', ...names);
    await annotate('/api/v1/namespaces/default', { 'careplane.dev/confirm-deletion': null });
  });
});

describe('the deletion of a namespace', () => {
  it('is a confirmation by itself: nothing in it is held', async () => {
    const cleaned = new Set<string>();
    const manager = await operate(clinicController({ finalize: noteIn(cleaned) }));
    const namespace = '/api/v1/namespaces/ending';
    await server.api.demand('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending' } },
    });
    const names = list(6);
    for (const name of names)
      await server.api.apply(clinicPath(name, 'ending'), clinic(name, { message: name }, 'ending'));
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
    await server.api.demand('DELETE', namespace);
    for (const name of names) await server.api.demand('DELETE', clinicPath(name, 'ending'));
    for (const name of names)
      await until(async () => !(await exists(clinicPath(name, 'ending'))), { what: `${name} to be gone` });
    expect(cleaned.size).toBe(6);
  });
});

describe('a clean-up whose dependency is down', () => {
  it('is tried again for a while and then given up where its controller says so, so that the deletion completes within 30 s', async () => {
    const down = { type: 'Broker', status: 'False', reason: 'BrokerDown', message: 'no pod' } as const;
    const finalize = (): Promise<number> => Promise.reject(new DependencyDown('broker', down));
    await operate({ ...clinicController({ finalize }), abandonsCleanup: true });
    await apply('stuck');
    await ready('stuck');
    const startedAt = performance.now();
    await server.api.demand('DELETE', clinicPath('stuck'));
    expect(await condition('stuck', 'Broker')).toMatchObject({ reason: 'BrokerDown' });
    await until(async () => !(await exists(clinicPath('stuck'))), {
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
    for (const name of ['hub', 'm0']) await apply(name);
    for (const name of ['hub', 'm0']) await ready(name);
    await server.api.demand('DELETE', DEFINITION);
    const event = await until(
      async () => {
        const found = (await server.api.demand(
          'GET',
          '/apis/events.k8s.io/v1/namespaces/default/events',
        )) as {
          items: { reason: string; regarding: { kind: string } }[];
        };
        return found.items.find(({ reason }) => reason === 'DefinitionGoing');
      },
      { what: 'the event' },
    );
    expect(event.regarding.kind).toBe('Lease');
    // The API server deletes every object of the kind; the finalizer keeps them, since nobody meant that.
    await until(async () => (await read('m0')).metadata.deletionTimestamp !== undefined, {
      what: 'the deletion of the objects',
    });
    expect(await dataOf('hub')).toEqual({ users: 'm0' });
    expect(cleaned.size).toBe(0);
    expect(await held(manager)).toBeGreaterThan(0);

    await annotate('/api/v1/namespaces/default', { 'careplane.dev/confirm-deletion': 'true' });
    await until(async () => !(await exists(DEFINITION)), { what: 'the definition to be gone' });
    expect(cleaned.size).toBe(2);
    await annotate('/api/v1/namespaces/default', { 'careplane.dev/confirm-deletion': null });
    await installCrd(server.api, clinicDefinition);
    await apply('m1');
    await ready('m1');
  });
});

async function held(manager: Manager): Promise<number> {
  return until(
    async () => {
      const text = await (await fetch(`http://127.0.0.1:${manager.healthPort}/metrics`)).text();
      return Number(/careplane_held_deletions\{kind="Clinic"\} (\d+)/.exec(text)?.[1] ?? 0) || undefined;
    },
    { what: 'held deletions in the metrics' },
  );
}
