import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { encryptedStores } from '../../api/encryptedstore.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { DEPLOYMENTS, NAMESPACE, OWN, TestClinic } from './fixtures/test-clinic.ts';

let clinic: TestClinic;

beforeAll(async () => {
  clinic = await TestClinic.start();
}, 120_000);

afterAll(async () => {
  await clinic.stop();
});

describe('the controller of HealthcareService', () => {
  it('makes every child, becomes Ready, and then writes nothing any more', async () => {
    await clinic.applyService('identity', { http: { paths: ['/fhir/R4/Patient'] }, replicas: 2 });
    await clinic.ready('identity');
    const children = [
      `${NAMESPACE}/serviceaccounts/identity`,
      `${NAMESPACE}/services/identity`,
      `${NAMESPACE}/configmaps/identity-bindings`,
      '/apis/policy/v1/namespaces/clinic/poddisruptionbudgets/identity',
      '/apis/networking.k8s.io/v1/namespaces/clinic/networkpolicies/identity',
    ];
    for (const path of children)
      expect({ path, exists: await clinic.exists(path) }).toEqual({ path, exists: true });
    const { status } = (await clinic.server.api.demand(
      'GET',
      `${OWN}/healthcareservices/identity`,
    )) as HealthcareService;
    expect(status).toMatchObject({ replicas: 2, readyReplicas: 2, version: '0.1.0' });
    const before = await clinic.writesTo('identity');
    // A reconcile without any news: the annotation changes nothing that is wanted.
    await clinic.mergePatch(`${OWN}/healthcareservices/identity`, {
      metadata: { annotations: { looked: 'at' } },
    });
    await clinic.applyService('last');
    await clinic.conditionOf('last', 'Available', 'ReplicasPending');
    expect(before).toBeGreaterThanOrEqual(7);
    expect(await clinic.writesTo('identity')).toBe(before);
  });

  it('makes pods that PodSecurity restricted admits', async () => {
    await clinic.applyService('strict');
    await until(() => clinic.exists(`${DEPLOYMENTS}/strict`), { what: 'the Deployment strict' });
    const deployment = (await clinic.server.api.demand('GET', `${DEPLOYMENTS}/strict`)) as {
      spec: { template: { metadata: object; spec: object } };
    };
    const { metadata, spec } = deployment.spec.template;
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'strict' }, spec };
    const answer = await clinic.server.api.request('POST', `${NAMESPACE}/pods?dryRun=All`, { body: pod });
    expect(answer).toMatchObject({ status: 201 });
  });

  it('shows a dangling edge in condition and event, deploys nevertheless, and heals when it appears', async () => {
    await clinic.applyService('caller', { calls: [{ service: 'callee' }] });
    const dangling = await clinic.conditionOf('caller', 'EdgesResolved', 'DanglingEdge');
    expect(dangling).toMatchObject({ status: 'False' });
    expect(dangling.message).toContain('no HealthcareService callee');
    await until(() => clinic.exists(`${DEPLOYMENTS}/caller`), { what: 'the Deployment caller' });
    const events = (await until(
      async () => {
        const { items } = (await clinic.server.api.demand(
          'GET',
          '/apis/events.k8s.io/v1/namespaces/clinic/events',
        )) as {
          items: { regarding: { name: string; kind: string }; reason: string; note: string }[];
        };
        const ours = items.filter(
          ({ regarding }) => regarding.kind === 'HealthcareService' && regarding.name === 'caller',
        );
        return ours.length > 0 && ours;
      },
      { what: 'an event of caller' },
    )) as { reason: string }[];
    expect(events.map(({ reason }) => reason)).toEqual(['DanglingEdge']);

    await clinic.applyService('callee');
    expect(await clinic.conditionOf('caller', 'EdgesResolved', 'AllResolved')).toMatchObject({
      status: 'True',
    });
    await until(async () => (await clinic.callersOf('callee')).includes('caller'), {
      what: 'callee to know its caller',
    });
    await clinic.server.api.demand('DELETE', `${OWN}/healthcareservices/callee`);
    await clinic.conditionOf('caller', 'EdgesResolved', 'DanglingEdge');
  });

  it('gives a path that two services behind one gateway want to the older one, says so, and heals when it lets go', async () => {
    const paths = { http: { paths: ['/v1/twice'] } };
    const routes = async (): Promise<{ service: string; paths: string[] }[]> => {
      const { body } = await clinic.server.api.request('GET', `${NAMESPACE}/configmaps/front-bindings`);
      const { data } = body as { data?: Record<string, string> };
      return JSON.parse(data?.['routes.json'] ?? '[]') as { service: string; paths: string[] }[];
    };
    // No webhook runs here: as if both were made in the same moment. Of the same second, the name decides.
    await clinic.applyService('twin-a', paths);
    await clinic.applyService('twin-b', paths);
    const calls = [{ service: 'twin-b' }, { service: 'twin-a' }];
    await clinic.applyService('front', { role: 'gateway', calls });
    const taken = await clinic.conditionOf('twin-b', 'PathsFree', 'PathTaken');
    expect(taken.message).toContain(
      'HealthcareService twin-a, which is older, has /v1/twice behind the gateway front',
    );
    await until(async () => (await routes()).length > 0, { what: 'the routes' });
    expect(await routes()).toMatchObject([{ service: 'twin-a', paths: ['/v1/twice'] }]);
    expect((await clinic.conditionsOf('healthcareservices', 'twin-a')).has('PathsFree')).toBe(false);

    await clinic.server.api.demand('DELETE', `${OWN}/healthcareservices/twin-a`);
    await until(
      async () => {
        const conditions = await clinic.conditionsOf('healthcareservices', 'twin-b');
        return conditions.size > 0 && !conditions.has('PathsFree');
      },
      { what: 'PathsFree of twin-b to go' },
    );
    await until(async () => (await routes())[0]?.service === 'twin-b', { what: 'the path to go to twin-b' });
  });

  it('tells a service when an edge to it is taken out', async () => {
    await clinic.applyService('target');
    await clinic.applyService('fan', { calls: [{ service: 'target' }] });
    await until(async () => (await clinic.callersOf('target')).includes('fan'), {
      what: 'target to know fan',
    });
    await clinic.applyService('fan');
    await until(async () => (await clinic.callersOf('target')) === '{"http":[]}', {
      what: 'target to forget fan',
    });
  });

  it('waits for the store, its credentials and the proof of its encryption, in turn', async () => {
    await clinic.applyService('stored', { stores: [{ store: 'db' }] });
    await clinic.conditionOf('stored', 'BindingsReady', 'ProviderMissing');
    await clinic.applyStore('db');
    await clinic.setEncrypted('db', 'False');
    await clinic.conditionOf('stored', 'BindingsReady', 'CredentialsPending');
    await clinic.makeBinding('stored', 'db');
    await clinic.conditionOf('stored', 'BindingsReady', 'AllThere');
    await clinic.conditionOf('stored', 'DataProtected', 'EncryptionUnproven');
    expect(await clinic.exists(`${DEPLOYMENTS}/stored`)).toBe(false);
    await clinic.setEncrypted('db', 'True');
    await clinic.ready('stored');
    await clinic.setEncrypted('db', 'False');
    expect(await clinic.conditionOf('stored', 'Ready', 'EncryptionUnproven')).toMatchObject({
      status: 'False',
    });
    expect(await clinic.exists(`${DEPLOYMENTS}/stored`)).toBe(true);
  });

  it('fills missing keys of a Secret with random values, and never touches one that is there', async () => {
    const theirs = Buffer.from('chosen by people').toString('base64');
    await clinic.server.api.apply(`${NAMESPACE}/secrets/keys`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'keys' },
      data: { theirs },
    });
    await clinic.applyService('keyed', { secrets: [{ name: 'keys', generate: ['theirs', 'one'] }] });
    await clinic.ready('keyed');
    const first = await clinic.dataOf('keys');
    expect(first).toEqual({ theirs, one: expect.any(String) as unknown });
    await clinic.applyService('keyed', { secrets: [{ name: 'keys', generate: ['two'] }] });
    await until(async () => 'two' in (await clinic.dataOf('keys')), { what: 'the key two' });
    expect(await clinic.dataOf('keys')).toEqual({ ...first, two: expect.any(String) as unknown });
    await clinic.conditionOf('keyed', 'BindingsReady', 'AllThere');
    // Other contents are another revision, which rolls the pods.
    await clinic.ready('keyed');
  });

  it('makes no new values for a Secret that was there once, takes the restored one, and makes them when asked', async () => {
    await clinic.applyService('vaulted', { secrets: [{ name: 'vault-keys', generate: ['seal'] }] });
    await clinic.ready('vaulted');
    const path = `${NAMESPACE}/secrets/vault-keys`;
    const revision = async (): Promise<string | undefined> => {
      const object = await clinic.server.api.demand('GET', `${OWN}/healthcareservices/vaulted`);
      return (object as HealthcareService).status?.revision;
    };
    const [data, before] = [await clinic.dataOf('vault-keys'), await revision()];
    await clinic.server.api.demand('DELETE', path);
    const { message } = await clinic.conditionOf('vaulted', 'BindingsReady', 'SecretLost');
    expect(message).toContain('the Secret vault-keys was there once and is gone');
    await clinic.restartOperator();
    await clinic.mergePatch(`${OWN}/healthcareservices/vaulted`, { spec: { config: { LOOKED: 'at' } } });
    await clinic.conditionOf('vaulted', 'RolledOut', 'Held');
    expect([await clinic.exists(path), await revision()]).toEqual([false, before]);
    await clinic.server.api.apply(path, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'vault-keys', labels: { 'careplane.dev/watched': 'true' } },
      data,
    });
    await clinic.conditionOf('vaulted', 'BindingsReady', 'AllThere');
    expect(await clinic.dataOf('vault-keys')).toEqual(data);

    await clinic.server.api.demand('DELETE', path);
    await clinic.conditionOf('vaulted', 'BindingsReady', 'SecretLost');
    const annotations = { 'careplane.dev/regenerate-secret': 'vault-keys' };
    await clinic.mergePatch(`${OWN}/healthcareservices/vaulted`, { metadata: { annotations } });
    await clinic.conditionOf('vaulted', 'BindingsReady', 'AllThere');
    expect(await clinic.dataOf('vault-keys')).not.toEqual(data);
  }, 60_000);

  it('neither fills nor mounts a Secret that is the own one of a store, whoever slipped past the webhook', async () => {
    await clinic.applyStore('vault');
    const key = { namespace: 'clinic', name: 'vault' };
    await until(() => Promise.resolve(clinic.manager.informers.get(encryptedStores, key)), {
      what: 'the operator to see the store',
    });
    await clinic.applyService('curious', { secrets: [{ name: 'vault-keyfile', generate: ['one'] }] });
    await clinic.conditionOf('curious', 'BindingsReady', 'SecretWithheld');
    expect(await clinic.exists(`${NAMESPACE}/secrets/vault-keyfile`)).toBe(false);
    expect(await clinic.exists(`${DEPLOYMENTS}/curious`)).toBe(false);
    await clinic.applyService('curious', { secrets: [{ name: 'own', generate: ['one'] }] });
    await clinic.ready('curious');
    expect(await clinic.dataOf('own')).toHaveProperty('one');
  });

  it('asks for a Secret that nobody makes, and goes on when it is there', async () => {
    await clinic.applyService('asking', { secrets: [{ name: 'by-hand' }] });
    const { message } = await clinic.conditionOf('asking', 'BindingsReady', 'SecretMissing');
    expect(message).toContain('by-hand');
    expect(await clinic.exists(`${DEPLOYMENTS}/asking`)).toBe(false);
  });
});

describe('an operator that is started again', () => {
  it('looks at every service and finds nothing to write', async () => {
    await clinic.applyService('resourceful', {
      resources: { requests: { cpu: '0.5', memory: '1Gi' }, limits: { cpu: '1500m' } },
      config: { LEVEL: 'info' },
      ports: [{ name: 'smtp', port: 1025 }],
    });
    await clinic.ready('resourceful');
    const before = await clinic.restartOperator();
    const path = `${OWN}/healthcareservices`;
    const { items } = (await clinic.server.api.demand('GET', path)) as { items: unknown[] };
    await until(async () => (await clinic.reconciled()) >= items.length, { what: 'all to be reconciled' });
    expect((await clinic.writes()).slice(before.length)).toEqual([]);
  });
});
