import { once } from 'node:events';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  installCrds,
  startApiServer,
  until,
  type KubeAnswer,
  type RunningApiServer,
} from '@careplane/testing';
import { certificatesIn } from '../pki/certificate.ts';
import { KubeClient } from '../runtime/client/client.ts';
import { systemClock } from '../runtime/clock.ts';
import { kubeconfigCredentials } from '../runtime/client/credentials.ts';
import { Transport } from '../runtime/client/transport.ts';
import { CONFIGURATION, startOperator, SYSTEM, type TestOperator } from './fixtures/operator.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const REGISTERED = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${CONFIGURATION}`;

let server: RunningApiServer;
let kubeconfig: string;
let leader: TestOperator;
let other: TestOperator;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server.api, join(root, 'crds'));
  for (const name of ['clinic', 'elsewhere', SYSTEM])
    await server.api.apply(`/api/v1/namespaces/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  kubeconfig = await server.kubeconfigFor('the-operator');
  leader = await startOperator({ kubeconfig, identity: 'leader', namespaces: ['clinic'] });
  await holds(() => leader.manager.isLeading(), 'the operator to lead');
  other = await startOperator({ kubeconfig, identity: 'other', namespaces: ['clinic'] });
}, 180_000);

afterAll(async () => {
  for (const close of closing) await close();
  await other.manager.stop();
  await leader.manager.stop();
  await server.stop();
});

function holds(condition: () => boolean, what: string): Promise<unknown> {
  return until(() => Promise.resolve(condition()), { what, deadlineMs: 60_000 });
}

const service = { image: 'a/b:1', role: 'api', dataClass: 'operational', http: {} };
const store = { engine: 'mongodb', storage: { size: '1Gi' } };
const policy = { target: { service: 'mails' }, min: 1, max: 3, cpu: { utilization: 70 } };
const collection = (plural: string, namespace = 'clinic'): string =>
  `/apis/careplane.dev/v1alpha1/namespaces/${namespace}/${plural}`;

const pluralOf = (kind: string): string => `${kind.toLowerCase()}s`.replace(/ys$/, 'ies');

function create(kind: string, name: string, spec: unknown, namespace = 'clinic'): Promise<KubeAnswer> {
  const body = { apiVersion: 'careplane.dev/v1alpha1', kind, metadata: { name }, spec };
  return server.api.request('POST', collection(pluralOf(kind), namespace), { body });
}

function patch(path: string, body: unknown): Promise<KubeAnswer> {
  return server.api.request('PATCH', path, { body, contentType: 'application/merge-patch+json' });
}

/** The bundle that the API server trusts; throws while nothing is registered. */
async function trusted(): Promise<string> {
  const { webhooks = [] } = (await server.api.demand('GET', REGISTERED)) as {
    webhooks?: { name: string; clientConfig: { caBundle: string } }[];
  };
  const registered = webhooks.find(({ name }) => name === 'validate.careplane.dev');
  if (registered === undefined) throw new Error('nothing is registered');
  return Buffer.from(registered.clientConfig.caBundle, 'base64').toString('utf8');
}

/** Calls the API server as the user of a kubeconfig. */
async function clientOf(path: string): Promise<KubeClient> {
  const clock = systemClock;
  const credentials = await kubeconfigCredentials(path, clock);
  const transport = new Transport({ credentials, clock, random: Math.random, userAgent: 'careplane-test' });
  closing.push(() => transport.close());
  return new KubeClient(transport);
}

/** Made as the chart makes it: there, and empty. */
async function makeConfiguration(): Promise<void> {
  const [apiVersion, kind] = ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'];
  await server.api.apply(REGISTERED, { apiVersion, kind, metadata: { name: CONFIGURATION } });
}

/** Until every cache of the operators knows the object. */
async function seen(kind: string, name: string): Promise<void> {
  const type = { apiVersion: 'careplane.dev/v1alpha1', kind, plural: pluralOf(kind), namespaced: true };
  for (const { manager } of [leader, other])
    await holds(
      () => manager.informers.get(type, { namespace: 'clinic', name }) !== undefined,
      `${name} to be cached`,
    );
}

/** Whether the certificate of that port is signed by one of the bundle, and its serial number. */
async function shown(port: number, ca: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', ca });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

describe('before it is registered', () => {
  it('keeps nobody out, and every replica is ready with the same certificate', async () => {
    await holds(
      () => [leader, other].every(({ manager }) => manager.failing().length === 0),
      'both replicas to be ready',
    );
    expect(await create('HealthcareService', 'early', service)).toMatchObject({ status: 201, warnings: [] });
    expect((await server.api.request('GET', REGISTERED)).status).toBe(404);
  });

  it('is registered as soon as there is a configuration to fill in, and it answers', async () => {
    await makeConfiguration();
    const bundle = await until(trusted, { what: 'the registration' });
    expect(await shown(other.webhooks.port, bundle)).toBe(await shown(leader.webhooks.port, bundle));
  });

  it('stays registered when whoever made the configuration applies it again', async () => {
    const before = await trusted();
    await makeConfiguration();
    expect(await trusted()).toBe(before);
  });
});

describe('the validating webhook', () => {
  beforeAll(async () => {
    await create('EncryptedStore', 'db', store);
    await create('HealthcareService', 'mails', service);
    await create('ScalingPolicy', 'mails', policy);
    await seen('EncryptedStore', 'db');
    await seen('HealthcareService', 'mails');
    await seen('ScalingPolicy', 'mails');
  });

  it('warns of a dangling edge and lets it in', async () => {
    const spec = { ...service, calls: [{ service: 'nobody' }] };
    expect(await create('HealthcareService', 'caller', spec)).toMatchObject({
      status: 201,
      warnings: ['spec.calls[0].service: there is no HealthcareService nobody yet'],
    });
  });

  it.each([
    ['a service named like a store', 'HealthcareService', 'db', service, 'metadata.name'],
    ['a service named default', 'HealthcareService', 'default', service, 'metadata.name'],
    ['a store named like a service', 'EncryptedStore', 'mails', store, 'metadata.name'],
    ['a second policy for one service', 'ScalingPolicy', 'second', policy, 'spec.target.service'],
    [
      "a service that mounts a store's keyfile",
      'HealthcareService',
      'thief',
      { ...service, secrets: [{ name: 'db-keyfile' }] },
      'spec.secrets[0].name',
    ],
  ])('refuses %s by the path of the field', async (...[, kind, name, spec, field]) => {
    const { status, body } = await create(kind, name, spec);
    expect({ status, body }).toMatchObject({
      status: 422,
      body: {
        reason: 'Invalid',
        details: { causes: [{ field }] },
        message: expect.stringContaining(field) as unknown,
      },
    });
  });

  it('warns before it takes over what somebody else made', async () => {
    await server.api.demand('POST', '/api/v1/namespaces/clinic/configmaps', {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'taker-bindings' } },
    });
    const { status, warnings } = await create('HealthcareService', 'taker', service);
    expect({ status, warnings }).toMatchObject({
      status: 201,
      warnings: [expect.stringContaining('ConfigMap taker-bindings exists')],
    });
  });

  it('validates nothing in namespaces that the operator does not watch', async () => {
    const thief = { ...service, secrets: [{ name: 'careplane-webhook-tls' }] };
    expect(await create('HealthcareService', 'thief', thief, 'elsewhere')).toMatchObject({ status: 201 });
  });
});

describe('certificates', () => {
  it('are replaced under load without one refusal, in all replicas, by an authority that was trusted before', async () => {
    const before = await trusted();
    const serial = await shown(leader.webhooks.port, before);
    const path = `/api/v1/namespaces/${SYSTEM}/secrets/careplane-webhook-ca`;
    await patch(path, { metadata: { annotations: { 'careplane.dev/rotate-authority': 'now' } } });
    const answers: number[] = [];
    const bundles = new Set<number>();
    await until(
      async () => {
        const change = { spec: { config: { TRY: String(answers.length) } } };
        const { status } = await patch(`${collection('healthcareservices')}/mails`, change);
        answers.push(status);
        const bundle = await trusted();
        bundles.add(certificatesIn(bundle).length);
        const serials = await Promise.all(
          [leader, other].map(({ webhooks }) => shown(webhooks.port, bundle)),
        );
        return serials.every((number) => number !== serial);
      },
      { what: 'a new certificate everywhere' },
    );
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(bundles.has(2)).toBe(true);
    // The authority that went is trusted as long as anything it signed is good.
    expect(await trusted()).toContain(before.trim());
  });

  it('survive a Secret that somebody spoilt: what was served goes on, and a new one follows', async () => {
    const serial = await shown(leader.webhooks.port, await trusted());
    await patch(`/api/v1/namespaces/${SYSTEM}/secrets/careplane-webhook-tls`, {
      data: { 'tls.key': Buffer.from('spoilt').toString('base64') },
    });
    const isAnother = async (): Promise<boolean> =>
      (await shown(leader.webhooks.port, await trusted())) !== serial;
    await until(isAnother, { what: 'a new certificate' });
    expect(await create('HealthcareService', 'after', service)).toMatchObject({ status: 201 });
  });
});

describe('while no replica runs', () => {
  const mails = `${collection('healthcareservices')}/mails`;

  beforeAll(async () => {
    await other.manager.stop();
    await leader.manager.stop();
  });

  it('refuses new objects and changes of specs, and says why', async () => {
    const message = expect.stringContaining('validate.careplane.dev') as unknown;
    const refused = { status: 500, body: { message } };
    expect(await create('HealthcareService', 'late', service)).toMatchObject(refused);
    expect(await patch(mails, { spec: { replicas: 2 } })).toMatchObject(refused);
  });

  it('lets statuses, labels, finalizers and deletions through', async () => {
    expect(await patch(`${mails}/status`, { status: { version: '1' } })).toMatchObject({ status: 200 });
    expect(await patch(mails, { metadata: { labels: { team: 'x' } } })).toMatchObject({ status: 200 });
    expect(await patch(mails, { metadata: { finalizers: ['example.com/wait'] } })).toMatchObject({
      status: 200,
    });
    expect(await server.api.request('DELETE', mails)).toMatchObject({ status: 200 });
    expect(await patch(mails, { metadata: { finalizers: [] } })).toMatchObject({ status: 200 });
    expect(await server.api.request('GET', mails)).toMatchObject({ status: 404 });
    const { status } = await server.api.request('DELETE', collection('scalingpolicies'));
    expect(status).toBe(200);
  });

  it('lets other kinds and other namespaces be', async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'free' } };
    await server.api.demand('POST', '/api/v1/namespaces/clinic/configmaps', { body });
    expect(await create('HealthcareService', 'free', service, 'elsewhere')).toMatchObject({ status: 201 });
  });

  it('lets the operator itself write what it would validate: it must not wait for itself', async () => {
    const client = await clientOf(kubeconfig);
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
    const again = await startOperator({ kubeconfig, identity: 'again', namespaces: ['clinic'] });
    await holds(() => again.manager.isLeading(), 'the operator to lead');
    await until(async () => (await create('HealthcareService', 'again', service)).status === 201, {
      what: 'the webhook to be served at its new address',
      deadlineMs: 60_000,
    });
    await again.manager.stop();
  }, 120_000);

  it('leaves nothing behind that refuses once the configuration is taken away, as `helm uninstall` does', async () => {
    expect(await create('HealthcareService', 'last', service)).toMatchObject({ status: 500 });
    await server.api.demand('DELETE', REGISTERED);
    await until(async () => (await create('HealthcareService', 'last', service)).status === 201, {
      what: 'the API server to hear of it',
    });
  });
});
