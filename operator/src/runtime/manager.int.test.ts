import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { installCrd, startApiServer, until, type RunningApiServer } from '@careplane/testing';
import { DependencyDown } from './controller.ts';
import {
  clinic,
  clinicController,
  clinicDefinition,
  clinicPath,
  type Clinic,
  type ClinicHooks,
} from './fixtures/clinic.ts';
import { FINALIZER } from './keys.ts';
import type { AnyObject, KubeObject } from './kube.ts';
import { silentLogger } from './telemetry/log.ts';
import { startManager, type Manager } from './manager.ts';

jest.setTimeout(60_000);

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const SECRETS = '/api/v1/namespaces/default/secrets';
const EVENTS = '/apis/events.k8s.io/v1/namespaces/default/events';

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

async function operate(hooks: ClinicHooks = {}): Promise<Manager> {
  serial++;
  const manager = await startManager({
    kubeconfig: server.kubeconfigPath,
    controllers: [clinicController(hooks)],
    lease: { namespace: 'default', name: `operator-${serial}` },
    identity: `test-${serial}`,
    userAgent: 'careplane-operator',
    log: silentLogger,
  });
  managers.push(manager);
  return manager;
}

async function apply(name: string, spec: Clinic['spec']): Promise<void> {
  await server.api.apply(clinicPath(name), clinic(name, spec));
}

async function ready(name: string): Promise<Clinic> {
  return until(
    async () => {
      const object = (await server.api.demand('GET', clinicPath(name))) as Clinic;
      const isCurrent = object.status?.observedGeneration === object.metadata.generation;
      return isCurrent && conditionOf(object, 'Ready')?.status === 'True' ? object : undefined;
    },
    { what: `${name} to be Ready` },
  );
}

function conditionOf(object: Clinic, type: string): Record<string, unknown> | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type) as
    Record<string, unknown> | undefined;
}

async function exists(path: string): Promise<boolean> {
  return (await server.api.request('GET', path)).status === 200;
}

async function remove(name: string): Promise<void> {
  await server.api.request('DELETE', clinicPath(name));
  await until(async () => !(await exists(clinicPath(name))), { what: `${name} to be gone` });
}

/** Writes of operators other than to the Lease, from a number on. */
async function writes(from = 0): Promise<string[]> {
  const all = await server.writes({ userAgent: 'careplane-operator' });
  return all
    .filter(({ resource }) => resource !== 'leases')
    .slice(from)
    .map(({ verb, resource, subresource, name }) => `${verb} ${resource}/${subresource ?? ''} ${name ?? ''}`);
}

describe('the manager', () => {
  it('makes the children with labels, owner and digest, and reports each object with one status write', async () => {
    await operate();
    const before = (await writes()).length;
    await apply('plain', { message: 'hello', rooms: ['x'] });
    const { metadata, status } = await ready('plain');
    expect(status).toMatchObject({ rooms: 1, observedGeneration: 1 });
    expect(status?.conditions?.map(({ type }) => type)).toEqual(['Ready', 'Furnished']);
    const child = (await server.api.demand('GET', `${CONFIG_MAPS}/plain`)) as AnyObject;
    expect(child['data']).toEqual({ message: 'hello' });
    expect(child.metadata.labels).toMatchObject({
      'app.kubernetes.io/managed-by': 'careplane',
      'careplane.dev/kind': 'clinic',
      'careplane.dev/owner': 'plain',
    });
    expect(child.metadata.ownerReferences).toEqual([
      expect.objectContaining({ kind: 'Clinic', name: 'plain', uid: metadata.uid, controller: true }),
    ]);
    expect(await writes(before)).toEqual([
      'patch configmaps/ plain',
      'patch secrets/ plain',
      'patch configmaps/ plain-x',
      'patch clinics/status plain',
    ]);
    await remove('plain');
  });

  it('writes only what an update changes and deletes children that are planned no more', async () => {
    await operate();
    await apply('update', { message: 'one', rooms: ['a', 'b'] });
    await ready('update');
    const before = (await writes()).length;
    await apply('update', { message: 'one', rooms: ['a'] });
    await ready('update');
    expect(await writes(before)).toEqual(['delete configmaps/ update-b', 'patch clinics/status update']);
    await remove('update');
  });

  it('deletes no child that carries the labels but not the owner reference', async () => {
    await operate();
    const labels = { 'careplane.dev/kind': 'clinic', 'careplane.dev/owner': 'foreign' };
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'not-ours', labels } };
    await server.api.demand('POST', CONFIG_MAPS, { body });
    await apply('foreign', { message: 'one', rooms: ['a'] });
    await ready('foreign');
    await apply('foreign', { message: 'one' });
    await until(async () => !(await exists(`${CONFIG_MAPS}/foreign-a`)), { what: 'the pruning' });
    expect(await exists(`${CONFIG_MAPS}/not-ours`)).toBe(true);
    await remove('foreign');
  });

  it('repairs a changed, a deleted and a metadata-only child, and counts each as drift', async () => {
    const manager = await operate();
    await apply('drift', { message: 'right', rooms: ['a'] });
    await ready('drift');
    const patch = { contentType: 'application/merge-patch+json' };
    await server.api.demand('PATCH', `${CONFIG_MAPS}/drift`, {
      body: { data: { message: 'wrong' } },
      ...patch,
    });
    await server.api.demand('PATCH', `${SECRETS}/drift`, {
      body: { data: { message: 'd3Jvbmc=' } },
      ...patch,
    });
    await server.api.demand('DELETE', `${CONFIG_MAPS}/drift-a`);
    await until(
      async () => {
        const map = (await server.api.demand('GET', `${CONFIG_MAPS}/drift`)) as AnyObject;
        const secret = (await server.api.demand('GET', `${SECRETS}/drift`)) as AnyObject;
        const right = Buffer.from('right').toString('base64');
        return (
          (map['data'] as Record<string, string>)['message'] === 'right' &&
          (secret['data'] as Record<string, string>)['message'] === right &&
          (await exists(`${CONFIG_MAPS}/drift-a`))
        );
      },
      { what: 'the repair' },
    );
    const { values } = await manager.metrics.drift.get();
    expect(Object.fromEntries(values.map(({ labels, value }) => [labels.kind, value]))).toEqual({
      ConfigMap: 2,
      Secret: 1,
    });
    await remove('drift');
  });

  it('leaves alone what others add and do not take from us', async () => {
    const manager = await operate();
    await apply('shared', { message: 'ours' });
    await ready('shared');
    const before = (await writes()).length;
    const body = { data: { theirs: 'yes' }, metadata: { labels: { theirs: 'yes' } } };
    await server.api.demand('PATCH', `${CONFIG_MAPS}/shared`, {
      body,
      contentType: 'application/merge-patch+json',
    });
    await reconciled(manager);
    expect(await writes(before)).toEqual([]);
    await remove('shared');
  });

  it('writes nothing at rest, and nothing after a restart when everything is as it was left', async () => {
    const first = await operate();
    for (const name of ['rest-1', 'rest-2', 'rest-3'])
      await apply(name, { message: name, rooms: ['a', 'b'] });
    for (const name of ['rest-1', 'rest-2', 'rest-3']) await ready(name);
    await first.stop();
    managers = [];
    const before = (await writes()).length;
    const second = await operate();
    await until(() => Promise.resolve(second.isLeading()), { what: 'the second to lead' });
    for (let round = 0; round < 3; round++) await reconciled(second);
    expect(await writes(before)).toEqual([]);
    for (const name of ['rest-1', 'rest-2', 'rest-3']) await remove(name);
  });

  it('repairs after a restart what was changed while no operator was there', async () => {
    const first = await operate();
    await apply('away', { message: 'right' });
    await ready('away');
    await first.stop();
    managers = [];
    const patch = { contentType: 'application/merge-patch+json' };
    await server.api.demand('PATCH', `${SECRETS}/away`, {
      body: { data: { message: 'd3Jvbmc=' } },
      ...patch,
    });
    await operate();
    await until(
      async () => {
        const secret = (await server.api.demand('GET', `${SECRETS}/away`)) as AnyObject;
        return (secret['data'] as Record<string, string>)['message'] !== 'd3Jvbmc=';
      },
      { what: 'the repair' },
    );
    await remove('away');
  });

  it('keeps the finalizer while the clean-up fails, shows why, and lets go when it succeeds', async () => {
    let isBroken = true;
    await operate({
      finalize: () =>
        isBroken ? Promise.reject(new Error('the vault is locked')) : Promise.resolve(undefined),
    });
    await apply('final', { message: 'x' });
    expect((await ready('final')).metadata.finalizers).toEqual([FINALIZER]);
    await server.api.demand('DELETE', clinicPath('final'));
    const shown = await until(
      async () => {
        const object = (await server.api.demand('GET', clinicPath('final'))) as Clinic;
        return conditionOf(object, 'Ready')?.['reason'] === 'ReconcileFailed' ? object : undefined;
      },
      { what: 'the failure to be shown' },
    );
    expect(shown.metadata.finalizers).toEqual([FINALIZER]);
    expect(conditionOf(shown, 'Ready')?.['message']).toContain('the vault is locked');
    isBroken = false;
    await until(async () => !(await exists(clinicPath('final'))), { what: 'the deletion' });
  });

  it('parks objects whose dependency is down, deletes them meanwhile, and wakes the others', async () => {
    let isDown = true;
    let tries = 0;
    await operate({
      act: () => {
        tries++;
        if (!isDown) return Promise.resolve();
        const condition = { type: 'Broker', status: 'False', reason: 'BrokerDown', message: 'wait' } as const;
        return Promise.reject(new DependencyDown('broker', condition));
      },
      finalize: () => Promise.resolve(undefined),
    });
    const names = Array.from({ length: 20 }, (_, index) => `park-${index}`);
    for (const name of names) await apply(name, { message: 'x' });
    for (const name of names)
      await until(
        async () => {
          const object = (await server.api.demand('GET', clinicPath(name))) as Clinic;
          return conditionOf(object, 'Broker')?.['reason'] === 'BrokerDown';
        },
        { what: `${name} to be parked` },
      );
    expect(await exists(`${CONFIG_MAPS}/park-7`)).toBe(true);
    await remove('park-0');
    // One probe at a time, with growing pauses: far from one try for each object.
    expect(tries).toBeLessThan(names.length + 10);
    isDown = false;
    for (const name of names.slice(1)) await ready(name);
    for (const name of names.slice(1)) await remove(name);
  });

  it('writes an event once while its note holds', async () => {
    const manager = await operate({
      events: () => [{ type: 'Warning', reason: 'TooSmall', message: 'a clinic needs a room' }],
    });
    await apply('noted', { message: 'x' });
    await ready('noted');
    const event = await until(
      async () => {
        const list = (await server.api.demand('GET', EVENTS)) as { items: KubeObject[] };
        return list.items.find(({ metadata }) => metadata.name.startsWith('noted.'));
      },
      { what: 'the event' },
    );
    expect(event).toMatchObject({ reason: 'TooSmall', note: 'a clinic needs a room', type: 'Warning' });
    const before = (await writes()).length;
    await reconciled(manager);
    expect(await writes(before)).toEqual([]);
    await remove('noted');
  });
});

/** Has every object reconciled once more, and waits until that is done. */
async function reconciled(manager: Manager): Promise<void> {
  const name = `probe-${++serial}`;
  const objects = manager.informers.list<Clinic>({
    apiVersion: 'test.careplane.dev/v1',
    kind: 'Clinic',
    plural: 'clinics',
    namespaced: true,
  });
  const runs = async (): Promise<number> => {
    const { values } = await manager.metrics.reconcile.get();
    return (
      values.find(({ metricName }) => metricName === 'careplane_reconcile_duration_seconds_count')?.value ?? 0
    );
  };
  const before = await runs();
  const labels = { [name]: 'yes' };
  for (const { metadata } of objects) {
    const body = { metadata: { labels } };
    await server.api.demand('PATCH', clinicPath(metadata.name), {
      body,
      contentType: 'application/merge-patch+json',
    });
  }
  await until(async () => (await runs()) >= before + objects.length, { what: 'another round of reconciles' });
}
