import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { installCrds, startApiServer, until, type RunningApiServer } from '@careplane/testing';
import { LABEL } from '../../api/group.ts';
import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { readSettings } from '../../config.ts';
import { Authorities } from '../../pki/authority.ts';
import { startManager, type Manager } from '../../runtime/manager.ts';
import { KIND_LABEL } from '../../runtime/keys.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import { silentLogger } from '../../runtime/telemetry/log.ts';
import { encryptedStoreController } from './index.ts';

jest.setTimeout(120_000);

const STORES = '/apis/careplane.dev/v1alpha1/namespaces/clinic/encryptedstores';
const CORE = '/api/v1/namespaces/clinic';
const STORAGE = { size: '1Gi' };
let server: RunningApiServer;
let manager: Manager | undefined;

beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server.api, new URL('../../../../crds', import.meta.url).pathname);
  for (const name of ['clinic', 'careplane-system'])
    await server.api.apply(`/api/v1/namespaces/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  await operate('first');
}, 180_000);

afterAll(async () => {
  await manager?.stop();
  await server.stop();
});

async function operate(identity: string): Promise<void> {
  await manager?.stop();
  const settings = readSettings([], {});
  manager = await startManager({
    kubeconfig: server.kubeconfigPath,
    controllers: [encryptedStoreController(settings, new Authorities('careplane-system'))],
    lease: { namespace: 'careplane-system', name: 'careplane-operator' },
    identity,
    log: silentLogger,
  });
}

/** A store of which the Secret is there, and a claim as its StatefulSet makes one. */
async function storeWithVolume(name: string, engine: 'mongodb' | 'redis', secret: string): Promise<void> {
  await server.api.apply(`${STORES}/${name}`, {
    apiVersion: 'careplane.dev/v1alpha1',
    kind: 'EncryptedStore',
    metadata: { name },
    spec: { engine, storage: STORAGE },
  });
  await until(() => secretOf(secret), { what: `the Secret ${secret}` });
  await server.api.apply(`${CORE}/persistentvolumeclaims/data-${name}-0`, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: `data-${name}-0`, labels: { [LABEL.store]: name } },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: STORAGE.size } } },
  });
}

async function secretOf(name: string): Promise<Record<string, string> | undefined> {
  const { status, body } = await server.api.request('GET', `${CORE}/secrets/${name}`);
  return status === 200 ? (body as { data: Record<string, string> }).data : undefined;
}

async function isOurs(name: string): Promise<boolean> {
  const { metadata } = (await server.api.demand('GET', `${CORE}/secrets/${name}`)) as AnyObject;
  return metadata.labels?.[KIND_LABEL] === 'encryptedstore';
}

function told(name: string, type: string, status: string): Promise<string> {
  return until(
    async () => {
      const store = (await server.api.demand('GET', `${STORES}/${name}`)) as EncryptedStore;
      const found = store.status?.conditions?.find((one) => one.type === type);
      return found?.status === status && `${found.reason} ${found.message}`;
    },
    { what: `${type} of ${name} to be ${status}`, deadlineMs: 60_000 },
  );
}

describe.each([
  ['mongodb', 'db', 'db-keyfile'],
  ['redis', 'cache', 'cache-admin'],
] as const)('the Secret of a %s store', (engine, name, secret) => {
  it('is never made up anew beside a volume, by no leader, and taken up when it is restored', async () => {
    await storeWithVolume(name, engine, secret);
    const kept = await secretOf(secret);
    await server.api.demand('DELETE', `${CORE}/secrets/${secret}`);
    expect(await told(name, 'CredentialsKept', 'False')).toMatch(
      new RegExp(`^SecretLost the Secret ${secret} with the entry .* is gone`),
    );
    expect(await told(name, 'Stalled', 'True')).toContain(secret);
    await operate(`after-${name}`);
    await server.api.apply(`${STORES}/${name}`, {
      apiVersion: 'careplane.dev/v1alpha1',
      kind: 'EncryptedStore',
      metadata: { name },
      spec: { engine, storage: STORAGE, resources: { limits: { memory: '1Gi' } } },
    });
    // The new leader has looked, since it says so of the new spec.
    await until(
      async () => {
        const { metadata, status } = (await server.api.demand('GET', `${STORES}/${name}`)) as EncryptedStore;
        return status?.observedGeneration === metadata.generation;
      },
      { what: 'the new leader to look at it', deadlineMs: 60_000 },
    );
    expect(await told(name, 'CredentialsKept', 'False')).toContain(secret);
    expect(await secretOf(secret)).toBeUndefined();
    await server.api.apply(`${CORE}/secrets/${secret}`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secret, annotations: { 'careplane.dev/adopt': 'true' } },
      data: kept,
    });
    expect(await told(name, 'CredentialsKept', 'True')).toMatch(/^Kept/);
    expect(await secretOf(secret)).toEqual(kept);
    await until(() => isOurs(secret), { what: 'the Secret to be taken over', deadlineMs: 60_000 });
  });
});

describe('the Secret of a store that never had a volume', () => {
  it('is made again', async () => {
    await storeWithVolume('fresh', 'redis', 'fresh-admin');
    await server.api.demand('DELETE', `${CORE}/persistentvolumeclaims/data-fresh-0`);
    await server.api.demand('DELETE', `${CORE}/secrets/fresh-admin`);
    await until(() => secretOf('fresh-admin'), { what: 'the Secret to be made again', deadlineMs: 60_000 });
  });
});
