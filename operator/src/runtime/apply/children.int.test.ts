import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { installCrd, startApiServer, until, type RunningApiServer } from '@careplane/testing';
import type { AnyController } from '../controller.ts';
import {
  clinic,
  clinicController,
  clinicDefinition,
  clinicPath,
  configMaps,
  secrets,
  type Clinic,
} from '../fixtures/clinic.ts';
import type { AnyObject } from '../kube.ts';
import { silentLogger } from '../telemetry/log.ts';
import { startManager, type Manager } from '../manager.ts';
import { metadataOnly } from './owned-types.ts';

jest.setTimeout(60_000);

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const EVENTS = '/apis/events.k8s.io/v1/namespaces/default/events';

let server: RunningApiServer;
let manager: Manager | undefined;
let serial = 0;

beforeAll(async () => {
  server = await startApiServer();
  await installCrd(server.api, clinicDefinition);
}, 120_000);

afterEach(async () => {
  await manager?.stop();
});

afterAll(async () => {
  await server.stop();
});

async function operate(controller: AnyController = clinicController()): Promise<void> {
  manager = await startManager({
    kubeconfig: server.kubeconfigPath,
    controllers: [controller],
    lease: { namespace: 'default', name: `children-${++serial}` },
    identity: `test-${serial}`,
    userAgent: 'careplane-operator',
    log: silentLogger,
  });
}

async function apply(name: string, spec: Clinic['spec']): Promise<void> {
  await server.api.apply(clinicPath(name), clinic(name, spec));
}

async function read(path: string): Promise<AnyObject | undefined> {
  const { status, body } = await server.api.request('GET', path);
  return status === 200 ? (body as AnyObject) : undefined;
}

/** The status once the clinic is Ready in its present generation. */
async function ready(name: string): Promise<Clinic> {
  return until(
    async () => {
      const object = (await read(clinicPath(name))) as Clinic | undefined;
      const { observedGeneration, conditions = [] } = object?.status ?? {};
      const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
      return isReady && observedGeneration === object?.metadata.generation ? object : undefined;
    },
    { what: `${name} to be Ready` },
  );
}

async function gone(...paths: string[]): Promise<void> {
  for (const path of paths)
    await until(async () => (await read(path)) === undefined, { what: `${path} to be gone` });
}

async function remove(name: string): Promise<void> {
  await server.api.demand('DELETE', clinicPath(name));
  await gone(clinicPath(name));
}

/** Changes a ConfigMap as the field manager `rival`. */
async function meddle(path: string, message: string): Promise<void> {
  await server.api.demand('PATCH', `${path}?fieldManager=rival`, {
    body: { data: { message } },
    contentType: 'application/merge-patch+json',
  });
}

async function messageOf(path: string): Promise<string | undefined> {
  return ((await read(path))?.['data'] as Record<string, string> | undefined)?.['message'];
}

/** Every object was reconciled by the present manager. */
async function reconciled(): Promise<void> {
  await until(
    async () => {
      const { values = [] } = (await manager?.metrics.reconcile.get()) ?? {};
      return values.some(({ metricName, value }) => metricName?.endsWith('_count') === true && value > 0);
    },
    { what: 'a reconcile' },
  );
}

/** Calls of the present manager. */
async function callsTo(verb: string, resource: string): Promise<number> {
  const { values = [] } = (await manager?.metrics.apiCalls.get()) ?? {};
  return values
    .filter(({ metricName, labels }) => {
      return metricName?.endsWith('_count') === true && labels.verb === verb && labels.resource === resource;
    })
    .reduce((sum, { value }) => sum + value, 0);
}

async function noteOf(name: string, reason: string): Promise<string> {
  return until(
    async () => {
      const { items } = (await server.api.demand('GET', EVENTS)) as { items: AnyObject[] };
      const event = items.find(
        (item) => item['reason'] === reason && (item['regarding'] as { name: string }).name === name,
      );
      return event === undefined ? undefined : String(event['note']);
    },
    { what: `the event ${reason}` },
  );
}

describe('a field of a child that somebody else holds', () => {
  it('is put right, and the event says who changed which', async () => {
    await operate();
    await apply('named', { message: 'right' });
    await ready('named');
    // Nobody is asked before a child is made.
    expect(await callsTo('get', 'configmaps')).toBe(0);
    await meddle(`${CONFIG_MAPS}/named`, 'wrong');
    expect(await noteOf('named', 'DriftCorrected')).toBe(
      'put back what others changed: ConfigMap named (.data.message by rival)',
    );
    expect(await messageOf(`${CONFIG_MAPS}/named`)).toBe('right');
    await remove('named');
  });

  it('is left alone when the child was never ours, until it is given away; the event says from whom', async () => {
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'before' },
      data: { message: 'theirs' },
    };
    await server.api.demand('POST', `${CONFIG_MAPS}?fieldManager=rival`, { body });
    await operate();
    await apply('before', { message: 'ours' });
    const condition = await until(
      async () => {
        const { status } = ((await read(clinicPath('before'))) ?? {}) as Partial<Clinic>;
        return status?.conditions?.find(({ type }) => type === 'NamesFree');
      },
      { what: 'the refusal' },
    );
    expect(condition).toMatchObject({ status: 'False', reason: 'NameTaken' });
    expect(condition.message).toContain('ConfigMap before belongs to rival: ');
    expect(await messageOf(`${CONFIG_MAPS}/before`)).toBe('theirs');
    await server.api.demand('PATCH', `${CONFIG_MAPS}/before?fieldManager=rival`, {
      body: { metadata: { annotations: { 'careplane.dev/adopt': 'true' } } },
      contentType: 'application/merge-patch+json',
    });
    await ready('before');
    expect(await messageOf(`${CONFIG_MAPS}/before`)).toBe('ours');
    expect(await noteOf('before', 'FieldConflict')).toBe(
      'took over fields that others had set: ConfigMap before (.data.message by rival)',
    );
    await remove('before');
  });
});

describe('an object under the name of a child', () => {
  it('is left alone when no field is in conflict, too, and the condition names who made it', async () => {
    const metadata = { name: 'unrelated' };
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { other: 'theirs' } };
    await server.api.demand('POST', `${CONFIG_MAPS}?fieldManager=rival`, { body });
    await operate();
    await apply('unrelated', { message: 'ours' });
    const { message } = await until(
      async () => {
        const { status } = ((await read(clinicPath('unrelated'))) ?? {}) as Partial<Clinic>;
        return status?.conditions?.find(({ type, reason }) => type === 'NamesFree' && reason === 'NameTaken');
      },
      { what: 'the refusal' },
    );
    expect(message).toContain('ConfigMap unrelated belongs to rival: ');
    const live = await read(`${CONFIG_MAPS}/unrelated`);
    expect([live?.['data'], live?.metadata.ownerReferences]).toEqual([{ other: 'theirs' }, undefined]);
    await server.api.demand('DELETE', `${CONFIG_MAPS}/unrelated`);
    await ready('unrelated');
    await remove('unrelated');
  });

  it('costs a child that is new neither a read nor a second write, and leaves one entry in managedFields', async () => {
    await operate();
    await apply('cheap', { message: 'ours', rooms: ['a', 'b', 'c'] });
    await ready('cheap');
    const writes = await server.writes({ userAgent: 'careplane-operator' });
    const names = writes.filter(({ name }) => name?.startsWith('cheap') === true).map(({ verb }) => verb);
    // Five children and a status.
    expect(names).toEqual(['patch', 'patch', 'patch', 'patch', 'patch', 'patch']);
    expect([await callsTo('get', 'configmaps'), await callsTo('get', 'secrets')]).toEqual([0, 0]);
    const made = await read(`${CONFIG_MAPS}/cheap`);
    const managers = made?.metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`);
    expect(managers).toEqual(['careplane Apply']);
    await remove('cheap');
  });
});

describe('a field that its kind does not have', () => {
  it('is refused with its path, although the server is asked not to look for fields written twice', async () => {
    await operate();
    const misspelt = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'm', namespace: 'default' },
      dta: {},
    };
    await expect(manager?.client.apply(misspelt)).rejects.toThrow(/\.dta: field not declared in schema/);
  });
});

describe('a child that the API server refuses', () => {
  it('stops none of the others, is named with its field, and is tried again', async () => {
    await operate();
    await apply('strict', { message: 'first', rooms: ['Not_A_Name', 'b'] });
    const shown = await until(
      async () => {
        const object = (await read(clinicPath('strict'))) as Clinic | undefined;
        return object?.status?.conditions?.find(({ type }) => type === 'ChildrenInSync');
      },
      { what: 'the refusal to be shown' },
    );
    expect(shown).toMatchObject({ status: 'False', reason: 'ChildRefused' });
    expect(shown.message).toContain('ConfigMap strict-Not_A_Name: metadata.name: Invalid value');
    expect(await read(`${CONFIG_MAPS}/strict-b`)).toBeDefined();
    const { status } = (await server.api.demand('GET', clinicPath('strict'))) as Clinic;
    expect(status).toMatchObject({ rooms: 2, observedGeneration: 1 });
    expect(status?.conditions?.[0]).toMatchObject({ type: 'Ready', reason: 'ChildRefused' });
    expect(await noteOf('strict', 'ChildRefused')).toContain('metadata.name');

    await apply('strict', { message: 'second', rooms: ['b'] });
    const { status: healed } = await ready('strict');
    expect(healed?.conditions?.some(({ type }) => type === 'ChildrenInSync')).toBe(false);
  });
});

describe('a drift war', () => {
  it('ends in a truce that names the other writer, and holds up neither changes nor the deletion', async () => {
    await operate();
    await apply('war', { message: 'ours', rooms: ['a'] });
    await ready('war');
    const path = `${CONFIG_MAPS}/war`;
    for (let round = 0; round < 6; round++) {
      await meddle(path, `theirs-${round}`);
      await until(async () => (await messageOf(path)) === 'ours', { what: `repair ${round}` });
    }
    await meddle(path, 'theirs');
    const { status } = await until(
      async () => {
        const object = (await read(clinicPath('war'))) as Clinic | undefined;
        return object?.status?.conditions?.some(({ type }) => type === 'ChildrenInSync') ? object : undefined;
      },
      { what: 'the condition' },
    );
    const condition = status?.conditions?.find(({ type }) => type === 'ChildrenInSync');
    expect(condition).toMatchObject({ status: 'False', reason: 'DriftWar' });
    expect(condition?.message).toContain('ConfigMap war (.data.message by rival)');
    expect(status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    // The rest of the object is not held up, nor is what its user changes in the child itself.
    const before = await server.writes({ userAgent: 'careplane-operator' });
    await server.api.demand('DELETE', `${CONFIG_MAPS}/war-a`);
    await until(async () => (await read(`${CONFIG_MAPS}/war-a`)) !== undefined, { what: 'the other child' });
    expect(await messageOf(path)).toBe('theirs');
    const later = (await server.writes({ userAgent: 'careplane-operator' })).slice(before.length);
    expect(later.filter(({ resource, name }) => resource === 'configmaps' && name === 'war')).toEqual([]);
    await apply('war', { message: 'changed', rooms: ['a'] });
    await until(async () => (await messageOf(path)) === 'changed', { what: 'the change of the user' });
    await remove('war');
  });
});

describe('an operator that begins anew', () => {
  const lean = (): AnyController => ({ ...clinicController(), owns: metadataOnly(configMaps, secrets) });

  it('tells by what it owns that its children are as it left them: no write, and nothing read', async () => {
    await operate(lean());
    await apply('again', { message: 'right', rooms: ['a', 'b'] });
    await ready('again');
    await manager?.stop();
    const before = await server.writes({ userAgent: 'careplane-operator' });
    await operate(lean());
    await reconciled();
    const later = (await server.writes({ userAgent: 'careplane-operator' })).slice(before.length);
    expect(later.filter(({ resource }) => resource !== 'leases')).toEqual([]);
    expect(await callsTo('get', 'configmaps')).toBe(0);
    expect(await callsTo('get', 'secrets')).toBe(0);
    await remove('again');
  });

  it.each<[string, object]>([
    ['changed', { data: { message: 'wrong' } }],
    ['removed', { data: { message: null } }],
  ])('puts right what was %s while it was away, with only metadata in its cache', async (what, body) => {
    await operate(lean());
    await apply(`away-${what}`, { message: 'right' });
    await ready(`away-${what}`);
    await manager?.stop();
    const path = `${CONFIG_MAPS}/away-${what}`;
    await server.api.demand('PATCH', path, { body, contentType: 'application/merge-patch+json' });
    await operate(lean());
    await until(async () => (await messageOf(path)) === 'right', { what: 'the repair' });
    await remove(`away-${what}`);
  });
});
