import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePort, startTcpProxy, until, type TcpProxy } from '@careplane/testing';
import { AdmissionScene, REGISTERED, service } from '../fixtures/admission-scene.ts';
import { startOperator, type TestOperator } from '../fixtures/operator.ts';

jest.setTimeout(120_000);

let scene: AdmissionScene;
/** Between the API server and the webhooks; whoever asks the pod does not come by here. */
let way: TcpProxy;
let operator: TestOperator;

beforeAll(async () => {
  scene = await AdmissionScene.start();
  await scene.makeConfiguration();
  const port = await freePort();
  way = await startTcpProxy(port);
  way.freeze();
  operator = await startOperator(
    { kubeconfig: scene.kubeconfig, identity: 'one', namespaces: ['clinic'] },
    { port, address: () => ({ url: `https://127.0.0.1:${way.port}` }) },
  );
}, 180_000);

afterAll(async () => {
  await operator.manager.stop();
  await way.stop();
  await scene.server.stop();
});

async function registered(): Promise<string[]> {
  const { webhooks = [] } = (await scene.server.api.demand('GET', REGISTERED)) as {
    webhooks?: { name: string }[];
  };
  return webhooks.map(({ name }) => name);
}

async function isValidating(): Promise<boolean> {
  return (await registered()).includes('validate.careplane.dev');
}

async function create(name: string): Promise<number> {
  return (await scene.create('HealthcareService', name, service)).status;
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
