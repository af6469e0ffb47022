import { describe, expect, it } from '@jest/globals';
import type { MessageBroker } from '../../api/messagebroker.ts';
import type { EnginePod } from '../../k8s/pods.ts';
import { sizeOf, type Size } from './size.ts';

interface Given {
  wanted: 1 | 3;
  present: number;
  shrinkingTo?: number;
  pods?: number;
  /** What is said of the first pod. */
  first?: 'ready' | 'not ready' | 'plain';
}

function size({ wanted, present, shrinkingTo, pods = present, first = 'ready' }: Given): Size {
  const broker: MessageBroker = {
    apiVersion: 'careplane.dev/v1alpha1',
    kind: 'MessageBroker',
    metadata: { name: 'broker', namespace: 'clinic' },
    spec: { nodes: wanted, storage: { size: '1Gi' }, deletionPolicy: 'Retain' },
    ...(shrinkingTo === undefined ? {} : { status: { shrinkingTo } }),
  };
  const pod = (_: unknown, index: number): EnginePod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `broker-${index}`,
      annotations: index === 0 && first === 'plain' ? {} : { 'careplane.dev/distribution-hash': 'tls' },
    },
    status: {
      conditions: [{ type: 'Ready', status: index === 0 && first === 'not ready' ? 'False' : 'True' }],
    },
  });
  return sizeOf(broker, { presentNodes: present, pods: Array.from({ length: pods }, pod) });
}

describe('the size of a broker', () => {
  it('is what is wanted, at first and when it grows', () => {
    expect(size({ wanted: 1, present: 0 })).toEqual({ replicas: 1, configured: 1 });
    expect(size({ wanted: 3, present: 1 })).toEqual({ replicas: 3, configured: 3 });
    expect(size({ wanted: 3, present: 2, shrinkingTo: 2 })).toEqual({ replicas: 3, configured: 3 });
  });

  it('does not grow while a node is down, missing or cannot be talked to: the new ones would begin without its messages', () => {
    const held = { replicas: 1, configured: 1 };
    expect(size({ wanted: 3, present: 1, first: 'not ready' })).toEqual(held);
    expect(size({ wanted: 3, present: 1, first: 'plain' })).toEqual(held);
    expect(size({ wanted: 3, present: 1, pods: 0 })).toEqual(held);
    expect(size({ wanted: 3, present: 2, first: 'not ready' })).toEqual({ replicas: 2, configured: 3 });
    expect(size({ wanted: 3, present: 0 })).toEqual({ replicas: 3, configured: 3 });
  });

  it('stays until a node may leave, and shrinks by one at a time', () => {
    expect(size({ wanted: 1, present: 3 })).toEqual({ replicas: 3, configured: 3 });
    expect(size({ wanted: 1, present: 3, shrinkingTo: 2 })).toEqual({ replicas: 2, configured: 3 });
    expect(size({ wanted: 1, present: 3, shrinkingTo: 1 })).toEqual({ replicas: 2, configured: 3 });
    expect(size({ wanted: 1, present: 2, shrinkingTo: 2, pods: 3 })).toEqual({ replicas: 2, configured: 3 });
  });

  it('restarts the node that stays once the others are gone', () => {
    expect(size({ wanted: 1, present: 1, shrinkingTo: 1, pods: 2 })).toEqual({ replicas: 1, configured: 3 });
    expect(size({ wanted: 1, present: 1, shrinkingTo: 1, pods: 1 })).toEqual({ replicas: 1, configured: 1 });
  });
});

describe('a broker whose StatefulSet is gone', () => {
  it('has as many nodes as have volumes: a majority of them may be needed', () => {
    expect(size({ wanted: 1, present: 3, pods: 0 })).toEqual({ replicas: 3, configured: 3 });
    expect(size({ wanted: 3, present: 1, pods: 0 })).toEqual({ replicas: 1, configured: 1 });
  });
});
