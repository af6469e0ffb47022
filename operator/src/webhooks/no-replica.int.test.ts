import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { KubeClient } from '../runtime/client/client.ts';
import { kubeconfigCredentials } from '../runtime/client/credentials.ts';
import { Transport } from '../runtime/client/transport.ts';
import { systemClock } from '../runtime/clock.ts';
import { AdmissionScene, collection, policy, REGISTERED, service } from './fixtures/admission-scene.ts';

const mails = `${collection('healthcareservices')}/mails`;

let scene: AdmissionScene;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  scene = await AdmissionScene.start();
  await scene.makeConfiguration();
  const operator = await scene.lead('before');
  await scene.create('HealthcareService', 'mails', service);
  await scene.create('HealthcareService', 'caller', service);
  await scene.create('ScalingPolicy', 'mails', policy);
  await until(warnsOfNobody, { what: 'the webhook to be asked', deadlineMs: 60_000 });
  await operator.manager.stop();
}, 180_000);

afterAll(async () => {
  for (const close of closing) await close();
  await scene.server.stop();
});

async function warnsOfNobody(): Promise<boolean> {
  const change = { spec: { calls: [{ service: 'nobody' }] } };
  const { warnings } = await scene.patch(`${mails}?dryRun=All`, change);
  return warnings.some((warning) => warning.includes('there is no HealthcareService nobody'));
}

/** Calls the API server as the user of a kubeconfig. */
async function clientOf(path: string): Promise<KubeClient> {
  const clock = systemClock;
  const credentials = await kubeconfigCredentials(path, clock);
  const transport = new Transport({ credentials, clock, random: Math.random, userAgent: 'careplane-test' });
  closing.push(() => transport.close());
  return new KubeClient(transport);
}

describe('while no replica runs', () => {
  it('refuses new objects and changes of specs, and says why', async () => {
    const message = expect.stringContaining('validate.careplane.dev') as unknown;
    const refused = { status: 500, body: { message } };
    expect(await scene.create('HealthcareService', 'late', service)).toMatchObject(refused);
    expect(await scene.patch(mails, { spec: { replicas: 2 } })).toMatchObject(refused);
  });

  it('lets statuses, labels, finalizers and deletions through', async () => {
    expect(await scene.patch(`${mails}/status`, { status: { version: '1' } })).toMatchObject({ status: 200 });
    expect(await scene.patch(mails, { metadata: { labels: { team: 'x' } } })).toMatchObject({ status: 200 });
    expect(await scene.patch(mails, { metadata: { finalizers: ['example.com/wait'] } })).toMatchObject({
      status: 200,
    });
    expect(await scene.server.api.request('DELETE', mails)).toMatchObject({ status: 200 });
    expect(await scene.patch(mails, { metadata: { finalizers: [] } })).toMatchObject({ status: 200 });
    expect(await scene.server.api.request('GET', mails)).toMatchObject({ status: 404 });
    const { status } = await scene.server.api.request('DELETE', collection('scalingpolicies'));
    expect(status).toBe(200);
  });

  it('lets other kinds and other namespaces be', async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'free' } };
    await scene.server.api.demand('POST', '/api/v1/namespaces/clinic/configmaps', { body });
    expect(await scene.create('HealthcareService', 'free', service, 'elsewhere')).toMatchObject({
      status: 201,
    });
  });

  it('lets the operator itself write what it would validate: it must not wait for itself', async () => {
    const client = await clientOf(scene.kubeconfig);
    const type = { apiVersion: 'careplane.dev/v1alpha1', kind: 'HealthcareService' };
    const spec = { replicas: 2 };
    const patched = await client.mergePatch({
      ...type,
      metadata: { name: 'caller', namespace: 'clinic' },
      spec,
    });
    expect(patched).toMatchObject({ spec });
  });

  it('validates again as soon as a replica has started', async () => {
    const again = await scene.lead('again');
    await until(async () => (await scene.create('HealthcareService', 'again', service)).status === 201, {
      what: 'the webhook to be served at its new address',
      deadlineMs: 60_000,
    });
    await again.manager.stop();
  }, 120_000);

  it('leaves nothing behind that refuses once the configuration is taken away, as `helm uninstall` does', async () => {
    expect(await scene.create('HealthcareService', 'last', service)).toMatchObject({ status: 500 });
    await scene.server.api.demand('DELETE', REGISTERED);
    await until(async () => (await scene.create('HealthcareService', 'last', service)).status === 201, {
      what: 'the API server to hear of it',
    });
  });
});
