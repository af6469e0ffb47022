import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  installCrd,
  startApiServer,
  startTcpProxy,
  until,
  type RunningApiServer,
  type TcpProxy,
} from '@careplane/testing';
import {
  clinic,
  clinicController,
  clinicDefinition,
  clinicPath,
  clinics,
  type Clinic,
} from './fixtures/clinic.ts';
import { startManager, type Manager } from './manager.ts';
import { silentLogger } from './telemetry/log.ts';

jest.setTimeout(120_000);

const USER = 'namespaced-operator';
const RBAC = 'rbac.authorization.k8s.io';

let server: RunningApiServer;
let proxy: TcpProxy;
let manager: Manager;

beforeAll(async () => {
  server = await startApiServer({ withControllerManager: true });
  await installCrd(server.api, clinicDefinition);
  proxy = await startTcpProxy(server.port);
  await server.api.apply(`/apis/${RBAC}/v1/clusterroles/${USER}`, {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: USER },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
  });
  for (const namespace of ['home', 'north', 'south']) await install(namespace);
  manager = await startManager({
    kubeconfig: await server.kubeconfigFor(USER, { groups: [], url: `https://127.0.0.1:${proxy.port}` }),
    controllers: [clinicController()],
    namespaces: ['north', 'south'],
    lease: { namespace: 'home', name: 'operator' },
    identity: 'operator',
    log: silentLogger,
    health: { host: '127.0.0.1', port: 0 },
  });
}, 180_000);

afterAll(async () => {
  await manager.stop();
  await proxy.stop();
  await server.stop();
});

/** What `helm upgrade` makes: the namespace and the operator's right in it. */
async function install(namespace: string): Promise<void> {
  await server.api.apply(`/api/v1/namespaces/${namespace}`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  await server.api.apply(`/apis/${RBAC}/v1/namespaces/${namespace}/rolebindings/${USER}`, {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name: USER, namespace },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: USER },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: USER }],
  });
}

async function apply(namespace: string, name: string, message: string): Promise<void> {
  await server.api.apply(clinicPath(name, namespace), clinic(name, { message }, namespace));
}

function ready(namespace: string, name: string): Promise<unknown> {
  return until(
    async () => {
      const { metadata, status } = (await server.api.demand('GET', clinicPath(name, namespace))) as Clinic;
      const isReady = status?.conditions?.some((it) => it.type === 'Ready' && it.status === 'True');
      return isReady === true && status?.observedGeneration === metadata.generation;
    },
    { what: `${namespace}/${name} to be Ready` },
  );
}

async function answer(path: string): Promise<string> {
  return (await fetch(`http://127.0.0.1:${manager.healthPort}${path}`)).text();
}

const FORBIDDEN = 'careplane_namespace_forbidden{namespace="south"} 1';

function forbidden(isForbidden: boolean): Promise<unknown> {
  return until(async () => (await answer('/metrics')).includes(FORBIDDEN) === isForbidden, {
    what: `the metric to ${isForbidden ? 'name' : 'forget'} the namespace`,
    deadlineMs: 60_000,
  });
}

describe('a watched namespace that is deleted', () => {
  beforeAll(async () => {
    await apply('north', 'stays', 'one');
    await apply('south', 'goes', 'one');
    await ready('north', 'stays');
    await ready('south', 'goes');
    await server.api.demand('DELETE', '/api/v1/namespaces/south');
    await until(async () => (await server.api.request('GET', '/api/v1/namespaces/south')).status === 404, {
      what: 'the namespace to be gone',
      deadlineMs: 60_000,
    });
    // A watch outlives the right to it until it ends.
    proxy.cut();
    await forbidden(true);
  });

  it('is forgotten and told of, and touches nothing else', async () => {
    await until(() => Promise.resolve(manager.informers.list(clinics, 'south').length === 0), {
      what: 'its objects to be forgotten',
    });
    expect(manager.failing()).toEqual([]);
    expect(manager.isLeading()).toBe(true);
    await apply('north', 'stays', 'two');
    await ready('north', 'stays');
    const { items } = (await server.api.demand('GET', '/apis/events.k8s.io/v1/namespaces/home/events')) as {
      items: { reason: string; note: string }[];
    };
    const told = items.filter(({ reason }) => reason === 'NamespaceForbidden');
    expect(told.map(({ note }) => note)).toEqual([expect.stringContaining('namespace south')]);
  });

  it('is taken up again when it comes back, without anybody’s help', async () => {
    await install('south');
    await apply('south', 'comes', 'one');
    await ready('south', 'comes');
    await forbidden(false);
    await apply('south', 'comes', 'two');
    await ready('south', 'comes');
  });
});
