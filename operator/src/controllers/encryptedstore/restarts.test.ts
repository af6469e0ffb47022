import { describe, expect, it } from '@jest/globals';
import type { EncryptedStore } from '../../api/encryptedstore.ts';
import type { EnginePod } from '../../k8s/pods.ts';
import type { StatefulSet } from '../../k8s/types.ts';
import { silentLogger } from '../../runtime/telemetry/log.ts';
import { restartNext, type RestartContext } from './restarts.ts';

const STORE = {
  metadata: { name: 'db', namespace: 'clinic' },
  spec: { engine: 'mongodb' },
} as EncryptedStore;
const SET: StatefulSet = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db', namespace: 'clinic', generation: 1 },
  spec: { replicas: 2, updateStrategy: { type: 'OnDelete' } },
  status: { observedGeneration: 1, updateRevision: 'new' },
};

function pod(name: string, revision: string, store = 'db'): EnginePod {
  const labels = { 'controller-revision-hash': revision, 'careplane.dev/store': store };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'clinic', labels },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** Names of the pods that were deleted, when the caches have `cached` and the API server has `live`. */
async function restarted(cached: EnginePod[], live: EnginePod[], set = SET): Promise<string[]> {
  const removed: string[] = [];
  const context = {
    log: silentLogger,
    live: { list: () => Promise.resolve(live), get: () => Promise.resolve(set) },
    remove: (_type: unknown, { name }: { name: string }) => {
      removed.push(name);
      return Promise.resolve();
    },
  } as unknown as RestartContext;
  await restartNext(STORE, { workload: SET, pods: cached }, { pod: 'db-0' }, context);
  return removed;
}

describe('the restart of a member', () => {
  it('is of one pod, which is not the primary', async () => {
    const pods = [pod('db-0', 'old'), pod('db-1', 'old')];
    expect(await restarted(pods, pods)).toEqual(['db-1']);
  });

  it('asks nobody at rest, and deletes nothing that the API server knows better', async () => {
    const old = [pod('db-0', 'new'), pod('db-1', 'old')];
    expect(await restarted([pod('db-0', 'new'), pod('db-1', 'new')], old)).toEqual([]);
    expect(await restarted(old, [pod('db-0', 'new'), pod('db-1', 'new'), pod('x-0', 'old', 'x')])).toEqual(
      [],
    );
    expect(await restarted(old, [pod('db-0', 'new')])).toEqual([]);
  });
});
