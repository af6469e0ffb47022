import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clusterBinaries, startApiServer, until, type RunningApiServer } from '@careplane/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const SYSTEM = 'careplane-system';
const STORES = '/apis/careplane.dev/v1alpha1/namespaces/clinic/encryptedstores';
const KINDS = [
  'encryptedstores',
  'healthcareservices',
  'messagebrokers',
  'observabilitystacks',
  'scalingpolicies',
];

const run = promisify(execFile);
let server: RunningApiServer;

beforeAll(async () => {
  server = await startApiServer();
  for (const name of ['clinic', SYSTEM])
    await server.api.apply(`/api/v1/namespaces/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
}, 120_000);

afterAll(async () => {
  await server.stop();
});

async function helm(...args: string[]): Promise<void> {
  const env = { ...process.env, KUBECONFIG: server.kubeconfigPath };
  await run(join(clusterBinaries(), 'helm'), [...args, '--namespace', SYSTEM], { env, cwd: root });
}

/** Definitions that are there and are not on their way out. */
async function definitions(): Promise<string[]> {
  const { items } = (await server.api.demand(
    'GET',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  )) as { items: { metadata: { name: string; deletionTimestamp?: string } }[] };
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name)
    .sort();
}

/** Strimzi #4882: an uninstall that takes the definitions along deletes every database. */
it('definitions that came with a release survive it, and all objects with them', async () => {
  const ours = KINDS.map((kind) => `${kind}.careplane.dev`);
  await helm('install', 'careplane', 'charts/careplane', '--set', 'crds.install=true');
  expect(await definitions()).toEqual(ours);
  const store = {
    apiVersion: 'careplane.dev/v1alpha1',
    kind: 'EncryptedStore',
    metadata: { name: 'db' },
    spec: { engine: 'mongodb', members: 1, storage: { size: '1Gi' } },
  };
  await until(async () => (await server.api.request('POST', STORES, { body: store })).status === 201, {
    what: 'the kinds to be served',
  });

  await helm('upgrade', 'careplane', 'charts/careplane', '--set', 'crds.install=false');
  expect(await definitions()).toEqual(ours);
  await helm('uninstall', 'careplane');
  expect(await definitions()).toEqual(ours);
  expect((await server.api.request('GET', `${STORES}/db`)).status).toBe(200);
}, 120_000);
