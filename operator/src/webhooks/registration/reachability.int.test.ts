import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  freePort,
  installCrds,
  startApiServer,
  startTcpProxy,
  until,
  type RunningApiServer,
  type TcpProxy,
} from '@careplane/testing';
import { CONFIGURATION, startOperator, SYSTEM, type TestOperator } from '../fixtures/operator.ts';

jest.setTimeout(120_000);

const root = join(import.meta.dirname, '../../../..');
const REGISTERED = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${CONFIGURATION}`;
const SERVICES = '/apis/careplane.dev/v1alpha1/namespaces/clinic/healthcareservices';

let server: RunningApiServer;
/** Between the API server and the webhooks; whoever asks the pod does not come by here. */
let way: TcpProxy;
let operator: TestOperator;

beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server.api, join(root, 'crds'));
  for (const name of ['clinic', SYSTEM])
    await server.api.apply(`/api/v1/namespaces/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  const [apiVersion, kind] = ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'];
  await server.api.apply(REGISTERED, { apiVersion, kind, metadata: { name: CONFIGURATION } });
  const port = await freePort();
  way = await startTcpProxy(port);
  way.freeze();
  operator = await startOperator(
    { kubeconfig: await server.kubeconfigFor('the-operator'), identity: 'one', namespaces: ['clinic'] },
    { port, address: () => ({ url: `https://127.0.0.1:${way.port}` }) },
  );
}, 180_000);

afterAll(async () => {
  await operator.manager.stop();
  await way.stop();
  await server.stop();
});

async function registered(): Promise<string[]> {
  const { webhooks = [] } = (await server.api.demand('GET', REGISTERED)) as { webhooks?: { name: string }[] };
  return webhooks.map(({ name }) => name);
}

async function isValidating(): Promise<boolean> {
  return (await registered()).includes('validate.careplane.dev');
}

async function create(name: string): Promise<number> {
  const spec = { image: 'a/b:1', role: 'api', dataClass: 'operational', http: {} };
  const body = { apiVersion: 'careplane.dev/v1alpha1', kind: 'HealthcareService', metadata: { name }, spec };
  return (await server.api.request('POST', SERVICES, { body })).status;
}

async function unreachable(): Promise<number> {
  const text = await operator.manager.metrics.registry.metrics();
  return Number(/^careplane_webhook_unreachable (.*)$/m.exec(text)?.[1]);
}

function becomes(what: string, probe: () => Promise<boolean>): Promise<unknown> {
  return until(probe, { what, deadlineMs: 60_000 });
}

describe('webhooks that the API server does not reach', () => {
  it('are not registered, and say so', async () => {
    await becomes('the metric', async () => (await unreachable()) === 1);
    expect(await registered()).toEqual(['probe.careplane.dev']);
    expect(await create('first')).toBe(201);
    expect(operator.manager.failing()).toEqual([]);
  });

  it('are registered when they are reached', async () => {
    way.thaw();
    way.cut();
    await becomes('the registration', isValidating);
    await becomes('the refusal of a name', async () => (await create('default')) === 422);
    expect(await unreachable()).toBe(0);
  });

  it('are withdrawn when they are reached no more, and registered again afterwards', async () => {
    way.freeze();
    await becomes('the withdrawal', async () => (await registered()).join() === 'probe.careplane.dev');
    await becomes('a write to go through', async () => (await create('second')) === 201);
    expect(await unreachable()).toBe(1);
    way.thaw();
    way.cut();
    await becomes('the registration', isValidating);
  });
});
