import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { clusterBinaries, startApiServer, until, type RunningApiServer } from '@careplane/testing';
import { toData } from '../k8s/secret-data.ts';
import { createAuthority, type KeyPair } from '../pki/certificate.ts';
import { tlsSecret } from '../pki/tls-secret.ts';
import type { AnyObject } from '../runtime/kube.ts';
import { childrenOf, ENGINES, statefulSetOf } from './fixtures/engine-plans.ts';

jest.setTimeout(180_000);

const PAGE = join(import.meta.dirname, '../../../docs/operations/uninstall.md');
const SETS = '/apis/apps/v1/namespaces/clinic/statefulsets';
const CLAIMS = '/api/v1/namespaces/clinic/persistentvolumeclaims';

const run = promisify(execFile);
let server: RunningApiServer;

beforeAll(async () => {
  server = await startApiServer({ withControllerManager: true });
  for (const name of ['clinic', 'careplane-system'])
    await server.api.apply(`/api/v1/namespaces/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
}, 180_000);

afterAll(async () => {
  await server.stop();
});

/** The commands of the section, as somebody copies them. */
async function commands(): Promise<string> {
  const [, section = ''] = (await readFile(PAGE, 'utf8')).split('## Delete the data');
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  return blocks.join('');
}

async function names(path: string): Promise<string[]> {
  const { items } = (await server.api.demand('GET', path)) as { items: AnyObject[] };
  return items.map(({ metadata }) => metadata.name).sort();
}

/** StatefulSet and Secrets of each engine, under a name of its own. */
async function deploy(pair: KeyPair): Promise<void> {
  for (const engine of ENGINES) {
    const children = childrenOf(engine, pair);
    const set = statefulSetOf(children);
    await server.api.apply(`${SETS}/${engine}`, { ...set, metadata: { ...set.metadata, name: engine } });
  }
}

function secret(name: string, labels: Record<string, string>): AnyObject {
  const metadata = { name, namespace: 'clinic', labels };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: toData({ key: 'word' }) };
}

it('the commands of the page take every volume claim and every Secret of ours away, and nothing of others', async () => {
  const pair = await createAuthority('test', Date.now());
  await deploy(pair);
  await until(async () => (await names(CLAIMS)).length === ENGINES.length, { what: 'the claims' });
  const secrets = '/api/v1/namespaces/clinic/secrets';
  await server.api.apply(`${secrets}/kept`, secret('kept', { 'app.kubernetes.io/part-of': 'careplane' }));
  await server.api.apply(`${secrets}/mine`, secret('mine', { app: 'mine' }));
  const authority = tlsSecret({ namespace: 'careplane-system', name: 'careplane-ca-clinic' }, pair, '');
  await server.api.apply('/api/v1/namespaces/careplane-system/secrets/careplane-ca-clinic', authority);
  const theirs = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'theirs', namespace: 'clinic' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  await server.api.apply(`${CLAIMS}/theirs`, theirs);
  for (const engine of ENGINES) await server.api.demand('DELETE', `${SETS}/${engine}`);
  await until(async () => (await names('/api/v1/namespaces/clinic/pods')).length === 0, {
    what: 'the pods to go',
    deadlineMs: 60_000,
  });

  const [data] = (await commands()).split('kubectl delete crd');
  const env = {
    ...process.env,
    PATH: `${clusterBinaries()}:${process.env['PATH'] ?? ''}`,
    KUBECONFIG: server.kubeconfigPath,
  };
  await run('bash', ['-e', '-c', data ?? ''], { env });
  expect(await names(CLAIMS)).toEqual(['theirs']);
  expect(await names(secrets)).toEqual(['mine']);
  expect(await names('/api/v1/namespaces/careplane-system/secrets')).toEqual([]);
});
