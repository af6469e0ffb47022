import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { certificatesIn } from '../pki/certificate.ts';
import {
  AdmissionScene,
  collection,
  holds,
  pluralOf,
  policy,
  REGISTERED,
  service,
} from './fixtures/admission-scene.ts';
import { SYSTEM, type TestOperator } from './fixtures/operator.ts';

const store = { engine: 'mongodb', storage: { size: '1Gi' } };

let scene: AdmissionScene;
let leader: TestOperator;
let other: TestOperator;

beforeAll(async () => {
  scene = await AdmissionScene.start();
  leader = await scene.lead('leader');
  other = await scene.operate('other');
}, 180_000);

afterAll(async () => {
  await other.manager.stop();
  await leader.manager.stop();
  await scene.server.stop();
});

/** The bundle that the API server trusts; throws while nothing is registered. */
async function trusted(): Promise<string> {
  const { webhooks = [] } = (await scene.server.api.demand('GET', REGISTERED)) as {
    webhooks?: { name: string; clientConfig: { caBundle: string } }[];
  };
  const registered = webhooks.find(({ name }) => name === 'validate.careplane.dev');
  if (registered === undefined) throw new Error('nothing is registered');
  return Buffer.from(registered.clientConfig.caBundle, 'base64').toString('utf8');
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
    expect(await scene.create('HealthcareService', 'early', service)).toMatchObject({
      status: 201,
      warnings: [],
    });
    expect((await scene.server.api.request('GET', REGISTERED)).status).toBe(404);
  });

  it('is registered as soon as there is a configuration to fill in, and it answers', async () => {
    await scene.makeConfiguration();
    const bundle = await until(trusted, { what: 'the registration' });
    expect(await shown(other.webhooks.port, bundle)).toBe(await shown(leader.webhooks.port, bundle));
  });

  it('stays registered when whoever made the configuration applies it again', async () => {
    const before = await trusted();
    await scene.makeConfiguration();
    expect(await trusted()).toBe(before);
  });
});

describe('the validating webhook', () => {
  beforeAll(async () => {
    await scene.create('EncryptedStore', 'db', store);
    await scene.create('HealthcareService', 'mails', service);
    await scene.create('ScalingPolicy', 'mails', policy);
    await seen('EncryptedStore', 'db');
    await seen('HealthcareService', 'mails');
    await seen('ScalingPolicy', 'mails');
  });

  it('warns of a dangling edge and lets it in', async () => {
    const spec = { ...service, calls: [{ service: 'nobody' }] };
    expect(await scene.create('HealthcareService', 'caller', spec)).toMatchObject({
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
    const { status, body } = await scene.create(kind, name, spec);
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
    await scene.server.api.demand('POST', '/api/v1/namespaces/clinic/configmaps', {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'taker-bindings' } },
    });
    const { status, warnings } = await scene.create('HealthcareService', 'taker', service);
    expect({ status, warnings }).toMatchObject({
      status: 201,
      warnings: [expect.stringContaining('ConfigMap taker-bindings exists')],
    });
  });

  it('validates nothing in namespaces that the operator does not watch', async () => {
    const thief = { ...service, secrets: [{ name: 'careplane-webhook-tls' }] };
    expect(await scene.create('HealthcareService', 'thief', thief, 'elsewhere')).toMatchObject({
      status: 201,
    });
  });
});

describe('certificates', () => {
  it('are replaced under load without one refusal, in all replicas, by an authority that was trusted before', async () => {
    const before = await trusted();
    const serial = await shown(leader.webhooks.port, before);
    const path = `/api/v1/namespaces/${SYSTEM}/secrets/careplane-webhook-ca`;
    await scene.patch(path, { metadata: { annotations: { 'careplane.dev/rotate-authority': 'now' } } });
    const answers: number[] = [];
    const bundles = new Set<number>();
    await until(
      async () => {
        const change = { spec: { config: { TRY: String(answers.length) } } };
        const { status } = await scene.patch(`${collection('healthcareservices')}/mails`, change);
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
    await scene.patch(`/api/v1/namespaces/${SYSTEM}/secrets/careplane-webhook-tls`, {
      data: { 'tls.key': Buffer.from('spoilt').toString('base64') },
    });
    const isAnother = async (): Promise<boolean> =>
      (await shown(leader.webhooks.port, await trusted())) !== serial;
    await until(isAnother, { what: 'a new certificate' });
    expect(await scene.create('HealthcareService', 'after', service)).toMatchObject({ status: 201 });
  });
});
