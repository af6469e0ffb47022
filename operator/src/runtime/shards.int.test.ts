import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { installCrd, startApiServer, until, type RunningApiServer } from '@careplane/testing';
import {
  clinic,
  clinicController,
  clinicDefinition,
  clinicPath,
  clinics,
  configMaps,
  type Clinic,
} from './fixtures/clinic.ts';
import { silentLogger } from './telemetry/log.ts';
import { startManager, type Manager } from './manager.ts';

jest.setTimeout(60_000);

const MERGE = { contentType: 'application/merge-patch+json' };

let server: RunningApiServer;
let managers: Manager[] = [];
let serial = 0;
/** What all operators logged as errors. */
let errors: string[] = [];

beforeAll(async () => {
  server = await startApiServer();
  await installCrd(server.api, clinicDefinition);
}, 120_000);

afterEach(async () => {
  await Promise.all(managers.map((manager) => manager.stop()));
  managers = [];
  expect(errors).toEqual([]);
  errors = [];
});

afterAll(async () => {
  await server.stop();
});

/** An operator of the shard. */
async function operate(shard: string): Promise<Manager> {
  serial++;
  const manager = await startManager({
    kubeconfig: await server.kubeconfigFor(`operator-${shard}-${serial}`),
    controllers: [clinicController()],
    namespaceSelector: `careplane.dev/shard=${shard}`,
    lease: { namespace: 'default', name: `operator-${shard}` },
    identity: `test-${serial}`,
    userAgent: `careplane-${shard}`,
    log: { ...silentLogger, error: (message) => errors.push(message) },
  });
  managers.push(manager);
  return manager;
}

async function makeNamespace(name: string, shard: string): Promise<void> {
  const metadata = { name, labels: { 'careplane.dev/shard': shard } };
  await server.api.demand('POST', '/api/v1/namespaces', {
    body: { apiVersion: 'v1', kind: 'Namespace', metadata },
  });
}

async function moveNamespace(name: string, shard: string): Promise<void> {
  const body = { metadata: { labels: { 'careplane.dev/shard': shard } } };
  await server.api.demand('PATCH', `/api/v1/namespaces/${name}`, { body, ...MERGE });
}

async function apply(namespace: string, name: string, message: string): Promise<void> {
  await server.api.apply(clinicPath(name, namespace), clinic(name, { message }, namespace));
}

async function ready(namespace: string, name: string): Promise<Clinic> {
  return until(
    async () => {
      const object = (await server.api.demand('GET', clinicPath(name, namespace))) as Clinic;
      const isReady = object.status?.conditions?.some(
        ({ type, status }) => type === 'Ready' && status === 'True',
      );
      const isCurrent = object.status?.observedGeneration === object.metadata.generation;
      return isReady === true && isCurrent ? object : undefined;
    },
    { what: `${namespace}/${name} to be Ready` },
  );
}

/** Kind and name of what the shard's operator wrote in the namespace. */
async function writesOf(shard: string, namespace: string): Promise<string[]> {
  const all = await server.writes({ userAgent: `careplane-${shard}` });
  return all
    .filter((write) => write.namespace === namespace)
    .map(({ verb, resource, name }) => `${verb} ${resource} ${name ?? ''}`);
}

function cached(manager: Manager, namespace: string): number {
  return (
    manager.informers.list(clinics, namespace).length + manager.informers.list(configMaps, namespace).length
  );
}

describe('two operators that share a cluster by namespace labels', () => {
  it('each cache and write only their own namespaces', async () => {
    await makeNamespace('one', 'a');
    await makeNamespace('two', 'b');
    const first = await operate('a');
    const second = await operate('b');
    await apply('one', 'x', 'hello');
    await apply('two', 'x', 'hello');
    await ready('one', 'x');
    await ready('two', 'x');
    expect([cached(first, 'two'), cached(second, 'one')]).toEqual([0, 0]);
    expect([await writesOf('a', 'two'), await writesOf('b', 'one')]).toEqual([[], []]);
    expect((await writesOf('a', 'one')).length).toBeGreaterThan(0);
  });

  it('hand a namespace over when its label changes, without undoing anything', async () => {
    await makeNamespace('moving', 'a');
    const first = await operate('a');
    const second = await operate('b');
    const names = ['x', 'y', 'z'];
    for (const name of names) await apply('moving', name, 'one');
    for (const name of names) await ready('moving', name);

    await moveNamespace('moving', 'b');
    await until(() => Promise.resolve(cached(first, 'moving') === 0 && cached(second, 'moving') >= 6), {
      what: 'the namespace to move',
      deadlineMs: 10_000,
    });
    const before = (await writesOf('a', 'moving')).length;
    await apply('moving', 'x', 'two');
    await ready('moving', 'x');
    expect(await writesOf('b', 'moving')).toContain('patch configmaps x');
    expect(await writesOf('a', 'moving')).toHaveLength(before);
    const everything = [...(await writesOf('a', 'moving')), ...(await writesOf('b', 'moving'))];
    expect(everything.filter((write) => write.startsWith('delete'))).toEqual([]);

    await moveNamespace('moving', 'a');
    await until(() => Promise.resolve(cached(second, 'moving') === 0 && cached(first, 'moving') >= 6), {
      what: 'the namespace to move back',
      deadlineMs: 10_000,
    });
    await apply('moving', 'y', 'three');
    await ready('moving', 'y');
  });

  it('leave alone what nobody’s label asks for', async () => {
    await makeNamespace('nobodys', 'c');
    await operate('a');
    await apply('nobodys', 'x', 'hello');
    await apply('one', 'after', 'hello');
    await ready('one', 'after');
    expect(await writesOf('a', 'nobodys')).toEqual([]);
    await server.api.request('DELETE', clinicPath('after', 'one'));
  });
});
