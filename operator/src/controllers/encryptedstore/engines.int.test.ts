import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { installCrds, startApiServer, until, type RunningApiServer } from '@careplane/testing';
import { readSettings } from '../../config.ts';
import { Authorities } from '../../pki/authority.ts';
import type { AnyObject, ObjectMeta } from '../../runtime/kube.ts';
import { silentLogger } from '../../runtime/telemetry/log.ts';
import { startManager, type Manager } from '../../runtime/manager.ts';
import { messageBrokerController } from '../messagebroker/index.ts';
import { encryptedStoreController } from './index.ts';

jest.setTimeout(90_000);

const OWN = '/apis/careplane.dev/v1alpha1/namespaces/clinic';
const CORE = '/api/v1/namespaces/clinic';
const SETS = '/apis/apps/v1/namespaces/clinic/statefulsets';
const API_VERSION = 'careplane.dev/v1alpha1';
let server: RunningApiServer;
let managers: Manager[] = [];

beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server.api, new URL('../../../../crds', import.meta.url).pathname);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  for (const [name, own] of [
    ['clinic', labels],
    ['careplane-system', {}],
  ] as const) {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: own } };
    await server.api.apply(`/api/v1/namespaces/${name}`, namespace);
  }
  await apply('encryptedstores', 'EncryptedStore', 'db', {
    engine: 'mongodb',
    members: 3,
    storage: { size: '2Gi' },
  });
  await apply('encryptedstores', 'EncryptedStore', 'cache', { engine: 'redis', storage: { size: '1024Mi' } });
  await apply('messagebrokers', 'MessageBroker', 'broker', {
    storage: { size: '1Gi' },
    resources: { limits: { memory: '0.5Gi' } },
  });
  await apply('healthcareservices', 'HealthcareService', 'identity', {
    image: 'localhost/identity:1',
    role: 'worker',
    dataClass: 'phi',
    stores: [{ store: 'db' }, { store: 'cache' }],
    publishes: [{ event: 'patient.registered' }],
  });
}, 180_000);

afterEach(async () => {
  await Promise.all(managers.map((manager) => manager.stop()));
  managers = [];
});

afterAll(() => server.stop());

function apply(plural: string, kind: string, name: string, spec: object): Promise<unknown> {
  const object = { apiVersion: API_VERSION, kind, metadata: { name, namespace: 'clinic' }, spec };
  return server.api.apply(`${OWN}/${plural}/${name}`, object);
}

async function operate(identity: string): Promise<void> {
  const settings = readSettings([], {});
  const authorities = new Authorities('careplane-system');
  managers.push(
    await startManager({
      kubeconfig: server.kubeconfigPath,
      controllers: [
        encryptedStoreController(settings, authorities),
        messageBrokerController(settings, authorities),
      ],
      lease: { namespace: 'careplane-system', name: 'careplane-operator' },
      identity,
      userAgent: `careplane-${identity}`,
      log: silentLogger,
    }),
  );
}

/** All three have said that they wait for their pods, which never come here. */
function settled(): Promise<unknown> {
  return until(
    async () => {
      const waiting = await Promise.all(
        ['encryptedstores/db', 'encryptedstores/cache', 'messagebrokers/broker'].map(async (path) => {
          const { status } = (await server.api.demand('GET', `${OWN}/${path}`)) as {
            status?: { conditions?: { reason: string }[] };
          };
          return status?.conditions?.some(({ reason }) => reason === 'Starting') === true;
        }),
      );
      return waiting.every(Boolean);
    },
    { what: 'both kinds to be reconciled' },
  );
}

async function metadataOf(path: string): Promise<ObjectMeta> {
  return ((await server.api.demand('GET', path)) as AnyObject).metadata;
}

describe('stores and broker at a real API server', () => {
  it('one authority signs for all, and its key stays out of the clinic’s namespace', async () => {
    await operate('first');
    await settled();
    const bundles = await Promise.all(
      ['db-tls', 'cache-tls', 'broker-tls', 'identity.db', 'identity.broker'].map(async (name) => {
        const { data } = (await server.api.demand('GET', `${CORE}/secrets/${name}`)) as {
          data: Record<string, string>;
        };
        return data['ca.crt'];
      }),
    );
    expect(new Set(bundles).size).toBe(1);
    const authority = (await server.api.demand(
      'GET',
      '/api/v1/namespaces/careplane-system/secrets/careplane-ca-clinic',
    )) as {
      data: Record<string, string>;
    };
    expect(authority.data['ca.crt']).toBe(bundles[0]);
  });

  it('makes pods that PodSecurity restricted admits', async () => {
    for (const name of ['db', 'cache', 'broker']) {
      const { spec } = (await server.api.demand('GET', `${SETS}/${name}`)) as {
        spec: { template: { metadata: object; spec: object } };
      };
      const { metadata, spec: podSpec } = spec.template;
      // The volume of the claim template is what the StatefulSet's controller would add.
      const volumes = [...(podSpec as { volumes: object[] }).volumes, { name: 'data', emptyDir: {} }];
      const body = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...metadata, name: `try-${name}` },
        spec: { ...podSpec, volumes },
      };
      // The default account is made by a controller that does not run here.
      await server.api.apply(`${CORE}/serviceaccounts/default`, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default' },
      });
      expect(await server.api.request('POST', `${CORE}/pods?dryRun=All`, { body })).toMatchObject({
        status: 201,
      });
    }
  });

  it('what kept data needs has no owner and stays; everything else goes with the object', async () => {
    const owners = async (name: string): Promise<unknown> =>
      (await metadataOf(`${CORE}/secrets/${name}`)).ownerReferences?.map(({ kind }) => kind);
    for (const name of ['db-keyfile', 'cache-admin', 'broker-admin', 'broker-cookie'])
      expect({ name, owners: await owners(name) }).toEqual({ name, owners: undefined });
    for (const name of ['db-tls', 'identity.db', 'cache-acl'])
      expect({ name, owners: await owners(name) }).toEqual({ name, owners: ['EncryptedStore'] });
  });

  it('another operator that takes over finds everything as it has to be and writes nothing but its lease', async () => {
    await operate('second');
    await settled();
    await until(async () => (await server.writes({ userAgent: 'careplane-second' })).length > 0, {
      what: 'the lease to be taken',
    });
    // An event of a watched object runs all three again; their status shows when they have.
    await apply('healthcareservices', 'HealthcareService', 'worker', {
      image: 'localhost/worker:1',
      role: 'worker',
      dataClass: 'phi',
      stores: [{ store: 'db' }],
    });
    const touched = async (): Promise<string[]> => {
      const writes = await server.writes({ userAgent: 'careplane-second' });
      const objects = writes.map(({ resource, name }) => `${resource}/${name ?? ''}`);
      return [...new Set(objects.filter((what) => !what.startsWith('leases/')))].sort();
    };
    // The policy comes after the binding in the store's plan, and nothing after it changes.
    await until(async () => (await touched()).includes('networkpolicies/db'), {
      what: 'the new binding and the way to it',
    });
    expect(await touched()).toEqual(['networkpolicies/db', 'secrets/worker.db']);
  });
});
