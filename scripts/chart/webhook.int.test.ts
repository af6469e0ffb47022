import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  clusterBinaries,
  installCrds,
  startApiServer,
  until,
  type RunningApiServer,
} from '@careplane/testing';
import {
  CONFIGURATION,
  startOperator,
  SYSTEM,
  type TestOperator,
} from '../../operator/src/webhooks/fixtures/operator.ts';

const root = join(import.meta.dirname, '../..');
const REGISTERED = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${CONFIGURATION}`;
const USER = `system:serviceaccount:${SYSTEM}:careplane-operator`;
const GROUPS = ['system:serviceaccounts', `system:serviceaccounts:${SYSTEM}`, 'system:authenticated'];
const MINUTE = 60_000;

const run = promisify(execFile);
let server: RunningApiServer;
let operator: TestOperator | undefined;

beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server.api, join(root, 'crds'));
  for (const name of ['clinic', SYSTEM])
    await server.api.apply(`/api/v1/namespaces/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
}, 120_000);

afterAll(async () => {
  await operator?.manager.stop();
  await server.stop();
});

async function helm(...args: string[]): Promise<void> {
  const env = { ...process.env, KUBECONFIG: server.kubeconfigPath };
  await run(join(clusterBinaries(), 'helm'), [...args, '--namespace', SYSTEM], { env, cwd: root });
}

async function install(...values: string[]): Promise<void> {
  await helm(
    'upgrade',
    '--install',
    'careplane',
    'charts/careplane',
    '--set',
    ['crds.install=false', ...values].join(),
  );
}

async function webhooks(): Promise<{ name: string }[]> {
  const { webhooks: registered = [] } = (await server.api.demand('GET', REGISTERED)) as {
    webhooks?: { name: string }[];
  };
  return registered;
}

async function isRegistered(): Promise<boolean> {
  return (await webhooks()).some(({ name }) => name === 'validate.careplane.dev');
}

async function create(name: string): Promise<number> {
  const { status } = await server.api.request(
    'POST',
    '/apis/careplane.dev/v1alpha1/namespaces/clinic/healthcareservices',
    {
      body: {
        apiVersion: 'careplane.dev/v1alpha1',
        kind: 'HealthcareService',
        metadata: { name },
        spec: { image: 'a/b:1', role: 'api', dataClass: 'operational', http: {} },
      },
    },
  );
  return status;
}

describe('the chart and the webhook that the operator fills in', () => {
  it(
    'keeps nobody out between the installation and the first certificate',
    async () => {
      await install();
      expect(await webhooks()).toEqual([]);
      expect(await create('before')).toBe(201);
    },
    MINUTE,
  );

  it(
    'grants the operator what it needs to make certificates and to register, and no more is needed',
    async () => {
      const kubeconfig = await server.kubeconfigFor(USER, { groups: GROUPS });
      operator = await startOperator({ kubeconfig, identity: 'a', namespaces: ['clinic'] });
      await until(isRegistered, { what: 'the registration', deadlineMs: MINUTE });
      expect(operator.manager.failing()).toEqual([]);
      // The API server asks whom its own cache knows, which hears of the registration after us.
      await until(async () => (await create('default')) === 422, { what: 'the refusal of the name' });
    },
    MINUTE,
  );

  it(
    'does not touch it on an upgrade',
    async () => {
      const before = await webhooks();
      await install('logLevel=debug');
      expect(await webhooks()).toEqual(before);
      expect(await create('default')).toBe(422);
    },
    MINUTE,
  );

  it(
    'takes it away with the operator, so that nothing is refused any more',
    async () => {
      await operator?.manager.stop();
      expect(await create('between')).toBe(500);
      await helm('uninstall', 'careplane');
      expect((await server.api.request('GET', REGISTERED)).status).toBe(404);
      await until(async () => (await create('after')) === 201, { what: 'the API server to hear of it' });
    },
    MINUTE,
  );
});
