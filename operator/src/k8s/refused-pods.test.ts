import { describe, expect, it } from '@jest/globals';
import type { Cache } from '../runtime/controller.ts';
import type { KubeObject } from '../runtime/kube.ts';
import { creationEvents, refusalOf, refusedPodsWatch, type CreationEvent } from './refused-pods.ts';
import type { Pod } from './types.ts';

const QUOTA =
  'create Pod db-0 in StatefulSet db failed error: pods "db-0" is forbidden: exceeded quota: small';

function event(at: string, changes: Partial<CreationEvent> = {}): CreationEvent {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'db.1', namespace: 'clinic', creationTimestamp: '2026-11-29T10:00:00Z' },
    reason: 'FailedCreate',
    regarding: { kind: 'StatefulSet', name: 'db', namespace: 'clinic' },
    note: QUOTA,
    deprecatedLastTimestamp: at,
    ...changes,
  };
}

function pod(creationTimestamp: string, metadata: Partial<Pod['metadata']> = {}): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'db-0', creationTimestamp, ...metadata } };
}

function cacheOf(events: CreationEvent[], sets: KubeObject[] = []): Cache {
  return {
    list: (type: { plural: string }) => (type.plural === creationEvents.plural ? events : []),
    get: () => sets[0],
    byIndex: () => [],
  } as unknown as Cache;
}

function refusal(events: CreationEvent[], pods: Pod[], replicas = 3): string | undefined {
  return refusalOf({ set: 'db', namespace: 'clinic', replicas, pods }, cacheOf(events));
}

describe('pods that the API server refuses', () => {
  it('are told in its words, the last ones', () => {
    const earlier = event('2026-11-29T10:01:00Z', { note: 'earlier' });
    expect(refusal([earlier, event('2026-11-29T10:05:00Z')], [])).toBe(QUOTA);
    expect(refusal([event('2026-11-29T10:05:00Z')], [pod('2026-11-29T10:04:00Z')])).toBe(QUOTA);
  });

  it('are none when all are there, when one was made since, and for another workload', () => {
    const old = event('2026-11-29T10:05:00Z');
    expect(refusal([old], [pod('2026-11-29T10:04:00Z')], 1)).toBeUndefined();
    expect(refusal([old], [pod('2026-11-29T10:06:00Z')])).toBeUndefined();
    expect(
      refusal([event('2026-11-29T10:05:00Z', { regarding: { kind: 'StatefulSet', name: 'x' } })], []),
    ).toBeUndefined();
    expect(refusal([event('2026-11-29T10:05:00Z', { reason: 'FailedMount' })], [])).toBeUndefined();
  });

  it('are none while a pod is replaced that was made after the refusal', () => {
    const leaving = pod('2026-11-29T10:06:00Z', { deletionTimestamp: '2026-11-29T10:20:00Z' });
    expect(refusal([event('2026-11-29T10:05:00Z')], [leaving], 1)).toBeUndefined();
    expect(refusal([event('2026-11-29T10:07:00Z')], [leaving], 1)).toBe(QUOTA);
  });

  it('are those of the StatefulSet, and not of a ReplicaSet of the same name', () => {
    const regarding = { kind: 'ReplicaSet', name: 'db', namespace: 'clinic' };
    expect(refusal([event('2026-11-29T10:05:00Z', { regarding })], [])).toBeUndefined();
  });

  it('wake the owner of their StatefulSet, and no object of another kind', () => {
    const labels = { 'careplane.dev/kind': 'encryptedstore', 'careplane.dev/owner': 'main' };
    const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', labels } };
    const woken = (kind: string): unknown =>
      refusedPodsWatch(kind).map(event('2026-11-29T10:05:00Z'), cacheOf([], [set]));
    expect(woken('EncryptedStore')).toEqual([{ namespace: 'clinic', name: 'main' }]);
    expect(woken('MessageBroker')).toEqual([]);
  });
});
