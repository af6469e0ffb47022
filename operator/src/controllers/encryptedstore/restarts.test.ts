import { describe, expect, it } from '@jest/globals';
import type { EncryptedStore } from '../../api/encryptedstore.ts';
import type { ReplicaSetView } from '../../engines/mongodb/replica-set.ts';
import type { EnginePod } from '../../k8s/pods.ts';
import type { StatefulSet } from '../../k8s/types.ts';
import { silentLogger } from '../../runtime/telemetry/log.ts';
import type { RestartContext } from '../engine-restarts.ts';
import { isSpareIn, isSparePod, restartNext } from './restarts.ts';

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
    metadata: { name, namespace: 'clinic', uid: `uid-of-${name}`, labels },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** Names of the pods that were deleted, when the caches have `cached` and the API server has `live`. */
async function restarted(cached: EnginePod[], live: EnginePod[], set = SET): Promise<string[]> {
  const removed: string[] = [];
  const context = {
    log: silentLogger,
    live: { list: () => Promise.resolve(live), get: () => Promise.resolve(set) },
    remove: (_type: unknown, { name }: { name: string }, { uid }: { uid: string }) => {
      removed.push(name);
      expect(uid).toBe(`uid-of-${name}`);
      return Promise.resolve();
    },
  } as unknown as RestartContext;
  await restartNext(STORE, { workload: SET, pods: cached }, { primary: { pod: 'db-0' } }, context);
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

describe('a member that the others can do without', () => {
  const hosts = ['db-0.db.clinic:27017', 'db-1.db.clinic:27017', 'db-2.db.clinic:27017'];
  const sickPod = (name: string): EnginePod => ({
    ...pod(name, 'old'),
    status: {
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [{ name: 'mongod', started: true }],
    },
  });

  /** Whether the last of three may go, when the first is primary and the two others are in these states. */
  function isSpare(second: string, third: string, last = sickPod('db-2')): boolean {
    const states = ['PRIMARY', second, third];
    const isUp = (_host: string, index: number): boolean => /PRIMARY|SECONDARY/.test(states[index] ?? '');
    const view: ReplicaSetView = {
      config: { _id: 'rs0', version: 1, members: hosts.map((host, _id) => ({ _id, host })) },
      primary: hosts[0],
      healthy: hosts.filter(isUp),
      sick: hosts
        .map((host, index) => ({ host, state: states[index] ?? '' }))
        .filter((_, index) => !isUp('', index)),
      majority: 2,
    };
    return isSpareIn(view, last);
  }

  it('is one without which a majority is up', () => {
    expect(isSpare('SECONDARY', 'STARTUP2')).toBe(true);
    expect(isSpare('SECONDARY', 'SECONDARY', pod('db-2', 'old'))).toBe(true);
    expect(isSpare('(not reachable/healthy)', 'SECONDARY', pod('db-2', 'old'))).toBe(false);
  });

  it('is none whose vote holds the primary, though it is not ready', () => {
    expect(isSpare('(not reachable/healthy)', 'STARTUP2')).toBe(false);
    expect(isSpare('RECOVERING', 'RECOVERING')).toBe(false);
  });

  it('is one that nobody reaches, or that is in no configuration', () => {
    expect(isSpare('STARTUP2', '(not reachable/healthy)')).toBe(true);
    expect(isSpare('RECOVERING', 'RECOVERING', sickPod('db-3'))).toBe(true);
  });

  it('is told by the pods alone while nobody can be asked', () => {
    const ready = ['db-0', 'db-1', 'db-2'].map((name) => pod(name, 'old'));
    expect(isSparePod(pod('db-2', 'old'), ready, 3)).toBe(true);
    const one = [pod('db-0', 'old'), sickPod('db-2')];
    expect(isSparePod(sickPod('db-2'), one, 3)).toBe(false);
    expect(isSparePod({ ...pod('db-2', 'old'), status: {} }, one, 3)).toBe(true);
    expect(isSparePod(sickPod('db-2'), [sickPod('db-2')], 3)).toBe(true);
    expect(isSparePod(pod('db-0', 'old'), [pod('db-0', 'old')], 1)).toBe(true);
  });
});
