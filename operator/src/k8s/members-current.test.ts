import { describe, expect, it } from '@jest/globals';
import { membersCurrent } from './members-current.ts';
import { statefulSet, type StatefulWorkload } from './stateful-set.ts';
import type { Child, Pod, StatefulSet } from './types.ts';

const WORKLOAD: StatefulWorkload = {
  name: 'db',
  serviceName: 'db',
  replicas: 3,
  selector: {},
  hashes: {},
  imagePullSecrets: [],
  priorityClassPrefix: '',
  gracePeriodSeconds: 60,
  initContainers: [],
  containers: [{ name: 'mongod', image: 'mongo:8' }],
  volumes: [],
  storage: { size: '1Gi' },
  scheduling: {},
  deletionPolicy: 'Retain',
};

const wanted = (changes: Partial<StatefulWorkload> = {}): Child => statefulSet({ ...WORKLOAD, ...changes });

function live(status: StatefulSet['status'], of = wanted()): StatefulSet {
  const { apiVersion, kind, metadata } = of;
  return {
    apiVersion,
    kind,
    metadata: { ...metadata, generation: 4 },
    status: { observedGeneration: 4, ...status },
  };
}

const whole = { readyReplicas: 3, updatedReplicas: 3 };

function broken(): Pod {
  const state = { waiting: { reason: 'ImagePullBackOff' } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'db-2' },
    status: { containerStatuses: [{ name: 'mongod', ready: false, state }] },
  };
}

const reason = (workload: StatefulSet | undefined, pods: Pod[] = [], refusal?: string): string =>
  membersCurrent(wanted(), { workload, pods, refusal }).reason;

describe('members of an engine', () => {
  it('are current when all are ready and of the spec that is wanted', () => {
    expect(reason(live(whole))).toBe('AllCurrent');
  });

  it.each([
    ['the StatefulSet is not there yet', undefined],
    ['its controller has not seen the newest spec', live({ ...whole, observedGeneration: 3 })],
    ['a member runs a former template', live({ ...whole, updatedReplicas: 2 })],
    ['a member is not ready', live({ ...whole, readyReplicas: 2 })],
    ['what is seen is of another spec', live(whole, wanted({ gracePeriodSeconds: 30 }))],
  ])('are being replaced while %s', (_, seen) => {
    expect(reason(seen)).toBe('Replacing');
  });

  it('are in trouble by the pod that does not start', () => {
    expect(reason(live({ ...whole, readyReplicas: 2 }), [broken()])).toBe('ImagePullFailed');
  });

  it('are in trouble by the pod that the API server refuses, also while the others serve', () => {
    const missing = live({ readyReplicas: 2, updatedReplicas: 2 });
    expect(reason(missing, [], 'exceeded quota: small')).toBe('PodsRefused');
    expect(reason(missing, [broken()], 'exceeded quota: small')).toBe('ImagePullFailed');
    expect(reason(live(whole), [], 'exceeded quota: small')).toBe('AllCurrent');
  });

  it('change nothing of the pods to say so', () => {
    const { spec } = wanted() as unknown as { spec: { template: { metadata: object } } };
    expect(JSON.stringify(spec)).not.toContain('spec-digest');
  });
});
