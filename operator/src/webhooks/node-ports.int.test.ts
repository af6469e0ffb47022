import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until, type KubeAnswer, type RunningApiServer } from '@careplane/testing';
import { healthcareServices } from '../api/healthcareservice.ts';
import { AdmissionScene } from './fixtures/admission-scene.ts';
import type { TestOperator } from './fixtures/operator.ts';

let server: RunningApiServer;
let operator: TestOperator;

beforeAll(async () => {
  const scene = await AdmissionScene.start();
  server = scene.server;
  await scene.makeConfiguration();
  operator = await scene.operate('only');
  await until(async () => (await create('probe', exposedAt(40_000))).status === 422, {
    what: 'the webhook to be asked',
    deadlineMs: 60_000,
  });
}, 180_000);

afterAll(async () => {
  await operator.manager.stop();
  await server.stop();
});

const exposedAt = (nodePort: number): object => ({
  image: 'a/b:1',
  role: 'gateway',
  dataClass: 'operational',
  http: { expose: { type: 'NodePort', nodePort } },
});

function create(name: string, spec: object, namespace = 'clinic'): Promise<KubeAnswer> {
  const body = {
    apiVersion: healthcareServices.apiVersion,
    kind: 'HealthcareService',
    metadata: { name },
    spec,
  };
  const path = `/apis/${healthcareServices.apiVersion}/namespaces/${namespace}/healthcareservices`;
  return server.api.request('POST', `${path}${name === 'probe' ? '?dryRun=All' : ''}`, { body });
}

async function refusal(name: string, nodePort: number): Promise<unknown> {
  const { status, body } = await create(name, exposedAt(nodePort));
  const { details } = body as { details?: { causes?: { field: string; message: string }[] } };
  return { status, causes: details?.causes?.map(({ field, message }) => `${field}: ${message}`) };
}

const refusedFor = (reason: string): unknown => ({
  status: 422,
  causes: [
    expect.stringMatching(
      new RegExp(`^spec[.]http[.]expose[.]nodePort: .*${reason}.*choose another`),
    ) as unknown,
  ],
});

describe('a node port', () => {
  it('is refused outside of the range of the cluster', async () => {
    expect(await refusal('far', 40_000)).toEqual(refusedFor('outside of 30000-32767'));
  });

  it('is refused when the Service of somebody else has it', async () => {
    await server.api.demand('POST', '/api/v1/namespaces/elsewhere/services', {
      body: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'theirs' },
        spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30_123 }] },
      },
    });
    expect(await refusal('late', 30_123)).toEqual(refusedFor('already allocated'));
  });

  it('is refused when another HealthcareService asks for it, which has no Service yet', async () => {
    expect((await create('first', exposedAt(30_321))).status).toBe(201);
    const key = { namespace: 'clinic', name: 'first' };
    await until(
      () => Promise.resolve(operator.manager.informers.get(healthcareServices, key) !== undefined),
      {
        what: 'it to be cached',
      },
    );
    expect(await refusal('second', 30_321)).toEqual(refusedFor("the HealthcareService first's"));
  });
});

it('an object in a namespace that is not watched is let in with a warning', async () => {
  const { status, warnings } = await create('lonely', exposedAt(30_999), 'elsewhere');
  expect({ status, warnings }).toEqual({
    status: 201,
    warnings: [expect.stringContaining('no operator is known to watch the namespace elsewhere')],
  });
});
