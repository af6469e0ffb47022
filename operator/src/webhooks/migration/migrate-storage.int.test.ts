import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  freePort,
  installCrd,
  installCrds,
  startApiServer,
  until,
  type RunningApiServer,
} from '@careplane/testing';
import type { Logger } from '../../runtime/controller.ts';
import { systemClock } from '../../runtime/clock.ts';
import { silentLogger } from '../../runtime/telemetry/log.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import { scalingPolicyDefinition, twoVersions } from '../conversion/fixtures/scaling-policy-v1beta1.ts';
import { startOperator, SYSTEM, type TestOperator } from '../fixtures/operator.ts';
import { migrateStorage, type MigrationOptions } from './migrate-storage.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const NAME = 'scalingpolicies.careplane.dev';
const DEFINITION = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${NAME}`;
/** More than one page. */
const COUNT = 130;
const MINUTE = 60_000;

let server: RunningApiServer;
let kubeconfig: string;
let operator: TestOperator;
let port: number;

beforeAll(async () => {
  server = await startApiServer();
  port = await freePort();
  await installCrds(server.api, join(root, 'crds'));
  await namespace('clinic');
  await namespace(SYSTEM);
  for (let index = 0; index < COUNT; index++) await create('v1alpha1', `p${index}`, alpha(index));
  await installCrd(server.api, definition('v1alpha1'));
  kubeconfig = await server.kubeconfigFor('the-operator');
  // It watches one namespace only, so that it leaves the migration to the test.
  const who = { kubeconfig, identity: 'a', namespaces: ['clinic'] };
  operator = await startOperator(who, { conversions: twoVersions, port });
  await until(async () => (await read('v1beta1', 'p0')).status === 200, {
    what: 'the conversion to be registered',
  });
}, 180_000);

afterAll(async () => {
  await operator.manager.stop();
  await server.stop();
});

function definition(stored: 'v1alpha1' | 'v1beta1'): AnyObject {
  return scalingPolicyDefinition(stored, { url: `https://127.0.0.1:${port}` });
}

function namespace(name: string): Promise<unknown> {
  return server.api.apply(`/api/v1/namespaces/${name}`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  });
}

const collection = (version: string): string =>
  `/apis/careplane.dev/${version}/namespaces/clinic/scalingpolicies`;
const alpha = (index: number): unknown => ({
  target: { service: `s${index}` },
  min: 1,
  max: 3,
  cpu: { utilization: 70 },
});

function create(version: string, name: string, spec: unknown): Promise<unknown> {
  const body = { apiVersion: `careplane.dev/${version}`, kind: 'ScalingPolicy', metadata: { name }, spec };
  return server.api.demand('POST', collection(version), { body });
}

function read(version: string, name: string): ReturnType<RunningApiServer['api']['request']> {
  return server.api.request('GET', `${collection(version)}/${name}`);
}

function change(version: string, name: string, body: unknown): Promise<unknown> {
  const contentType = 'application/merge-patch+json';
  return server.api.demand('PATCH', `${collection(version)}/${name}`, { body, contentType });
}

async function storedVersions(): Promise<string[]> {
  const { status } = (await server.api.demand('GET', DEFINITION)) as { status: { storedVersions: string[] } };
  return status.storedVersions;
}

/** Versions in which etcd holds the objects, each once. */
async function versionsInEtcd(): Promise<string[]> {
  const found = new Set<string>();
  for (let index = 0; index < COUNT; index++) {
    const text = await server.stored(`careplane.dev/scalingpolicies/clinic/p${index}`);
    found.add((JSON.parse(text ?? '{}') as AnyObject).apiVersion);
  }
  return [...found].sort();
}

let touches = 0;

/** Writes until the API server has heard that the storage version is another. */
async function storesIn(version: string): Promise<void> {
  await until(
    async () => {
      await change('v1alpha1', 'p1', { spec: { max: 5 + (touches++ % 2) } });
      return (await versionsInEtcd()).includes(`careplane.dev/${version}`);
    },
    { what: `new writes to be stored in ${version}`, everyMs: 200 },
  );
}

/** The operator's client; after the first page history is forgotten, by etcd and by the API server. */
function forgettingOnce(expired: unknown[]): MigrationOptions['client'] {
  const { client } = operator.manager;
  return {
    discovery: client.discovery,
    get: client.get.bind(client),
    mergePatch: client.mergePatch.bind(client),
    async listPage(type, selection, callOptions) {
      if (selection.continue !== undefined && expired.length === 0) {
        await change('v1alpha1', 'p0', { metadata: { labels: { touched: 'true' } } });
        await server.compact();
        await server.restart();
      }
      try {
        return await client.listPage(type, selection, callOptions);
      } catch (error) {
        expired.push(error);
        throw error;
      }
    },
  };
}

function options(changes: Partial<MigrationOptions> = {}): MigrationOptions {
  const { client } = operator.manager;
  const { signal } = new AbortController();
  const tools = { clock: systemClock, random: Math.random, log: silentLogger };
  return { client, signal, perSecond: 10_000, ...tools, ...changes };
}

describe('the conversion webhook', () => {
  it('is registered with the CRD that has two versions, and with no other', async () => {
    const { items } = (await server.api.demand('GET', DEFINITION.replace(`/${NAME}`, ''))) as {
      items: (AnyObject & { spec: { conversion: { strategy: string } } })[];
    };
    const converted = items.filter(({ spec }) => spec.conversion.strategy === 'Webhook');
    expect(items).toHaveLength(5);
    expect(converted.map(({ metadata }) => metadata.name)).toEqual([NAME]);
  });

  it('hands out an object in both versions, and nothing is lost on the way', async () => {
    expect((await read('v1beta1', 'p0')).body).toMatchObject({
      spec: {
        target: { service: 's0' },
        replicas: { min: 1, max: 3 },
        triggers: { cpu: { utilization: 70 } },
      },
    });
    await change('v1beta1', 'p0', { spec: { description: 'nights' } });
    await change('v1alpha1', 'p0', { spec: { max: 4 } });
    expect((await read('v1beta1', 'p0')).body).toMatchObject({
      spec: { description: 'nights', replicas: { min: 1, max: 4 } },
    });
    expect((await read('v1alpha1', 'p0')).body).not.toHaveProperty('spec.description');
  });

  it('that cannot convert says so, and the object is as it was', async () => {
    const three = definition('v1alpha1') as AnyObject & { spec: { versions: Record<string, unknown>[] } };
    three.spec.versions.push({ ...three.spec.versions[1], name: 'v2' });
    await installCrd(server.api, three);
    const refused = await until(
      async () => {
        const answer = await read('v2', 'p0');
        return answer.status === 404 ? undefined : answer;
      },
      { what: 'v2 to be served' },
    );
    expect(refused).toMatchObject({
      status: 500,
      body: {
        message: expect.stringMatching(
          /ScalingPolicy clinic\/p0 cannot be converted from careplane.dev\/v1alpha1 to careplane.dev\/v2: .*upgrade it/,
        ) as unknown,
      },
    });
    expect((await read('v1alpha1', 'p0')).body).toMatchObject({ spec: { max: 4 } });
    await installCrd(server.api, definition('v1alpha1'));
  });
});

describe('the storage migration', () => {
  beforeAll(async () => {
    await installCrd(server.api, definition('v1beta1'));
    await storesIn('v1beta1');
  }, 60_000);

  it('begins with objects of two versions', async () => {
    expect(await storedVersions()).toEqual(['v1alpha1', 'v1beta1']);
    expect(await versionsInEtcd()).toEqual(['careplane.dev/v1alpha1', 'careplane.dev/v1beta1']);
  });

  it(
    'that is interrupted trims nothing',
    async () => {
      const interrupt = new AbortController();
      const afterAPage: Logger = {
        ...silentLogger,
        debug: () => {
          interrupt.abort();
        },
      };
      await expect(
        migrateStorage(NAME, options({ signal: interrupt.signal, log: afterAPage })),
      ).rejects.toThrow();
      expect(await storedVersions()).toEqual(['v1alpha1', 'v1beta1']);
      expect(await versionsInEtcd()).toEqual(['careplane.dev/v1alpha1', 'careplane.dev/v1beta1']);
    },
    MINUTE,
  );

  it(
    'that ends leaves every object in the storage version, also those that others change meanwhile',
    async () => {
      let isOver = false;
      const busy = async (): Promise<number> => {
        let writes = 0;
        while (!isOver) {
          const body = { spec: { max: 3 + (writes++ % 5) } };
          await change('v1alpha1', `p${writes % COUNT}`, body);
        }
        return writes;
      };
      const writer = busy();
      try {
        expect(await migrateStorage(NAME, options())).toBe(COUNT);
      } finally {
        isOver = true;
      }
      expect(await writer).toBeGreaterThan(0);
      expect(await versionsInEtcd()).toEqual(['careplane.dev/v1beta1']);
      expect(await storedVersions()).toEqual(['v1beta1']);
      expect((await read('v1beta1', 'p0')).body).toMatchObject({ spec: { description: 'nights' } });
    },
    MINUTE,
  );

  it('has nothing to do the second time', async () => {
    const writes = async (): Promise<number> =>
      (await server.writes({ user: 'the-operator' })).filter(({ resource }) => resource === 'scalingpolicies')
        .length;
    const before = await writes();
    expect(await migrateStorage(NAME, options())).toBe(0);
    expect(await writes()).toBe(before);
  });

  it(
    'that outlives the history of etcd goes on where it was',
    async () => {
      await installCrd(server.api, definition('v1alpha1'));
      await storesIn('v1alpha1');
      const expired: unknown[] = [];
      expect(await migrateStorage(NAME, options({ client: forgettingOnce(expired) }))).toBe(COUNT);
      expect(expired).toHaveLength(1);
      expect(await versionsInEtcd()).toEqual(['careplane.dev/v1alpha1']);
      expect(await storedVersions()).toEqual(['v1alpha1']);
    },
    2 * MINUTE,
  );

  it('is done by the leader of an operator that watches everything', async () => {
    await operator.manager.stop();
    operator = await startOperator({ kubeconfig, identity: 'b' }, { conversions: twoVersions, port });
    await until(async () => (await read('v1alpha1', 'p0')).status === 200, {
      what: 'the conversion',
      deadlineMs: 60_000,
    });
    await installCrd(server.api, definition('v1beta1'));
    await until(async () => (await storedVersions()).includes('v1beta1'), { what: 'two stored versions' });
    await operator.manager.stop();
    operator = await startOperator({ kubeconfig, identity: 'c' }, { conversions: twoVersions, port });
    await until(async () => (await storedVersions()).join() === 'v1beta1', {
      what: 'the leader to migrate',
      deadlineMs: 60_000,
    });
    expect(await versionsInEtcd()).toEqual(['careplane.dev/v1beta1']);
  }, 180_000);
});
