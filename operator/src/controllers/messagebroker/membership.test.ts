import { describe, expect, it } from '@jest/globals';
import type { MessageBroker } from '../../api/messagebroker.ts';
import type { ManagementClient } from '../../engines/rabbitmq/management.ts';
import type { BrokerNode } from '../../engines/rabbitmq/nodes.ts';
import type { EnginePod } from '../../k8s/pods.ts';
import { isShrinking, isWhole, membershipOf, shrinkingStatus } from './membership.ts';
import type { Membership } from './nodes-as-declared.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const ZONE = { namespace: 'clinic', clusterDomain: 'cluster.local' };
const node = (index: number): string => `rabbit@b-${index}.b-nodes.clinic.svc.cluster.local`;
const member = (index: number, isRunning = true): BrokerNode => ({
  name: node(index),
  isRunning,
  dataDirectory: undefined,
  hasMemoryAlarm: false,
  hasDiskAlarm: false,
});
const podOf = (index: number): EnginePod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `b-${index}` },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
});

interface Given {
  wanted?: 1 | 3;
  replicas?: number;
  pods?: number;
  members?: BrokerNode[];
  /** The answer about the queues. */
  queues?: unknown;
  more?: EnginePod[];
}

async function look(given: Given): Promise<{ membership: Membership; released: unknown[] }> {
  const {
    wanted = 1,
    replicas = 3,
    pods = replicas,
    members = [0, 1, 2].map((index) => member(index)),
  } = given;
  const broker: MessageBroker = {
    apiVersion: 'careplane.dev/v1alpha1',
    kind: 'MessageBroker',
    metadata: { name: 'b', namespace: 'clinic' },
    spec: { nodes: wanted, storage: { size: '1Gi' }, deletionPolicy: 'Retain' },
  };
  const released: unknown[] = [];
  const client = {
    get: () =>
      Error.isError(given.queues) ? Promise.reject(given.queues) : Promise.resolve(given.queues ?? []),
    put: (_: string, body: unknown) => {
      released.push(body);
      return Promise.resolve();
    },
  } as unknown as ManagementClient;
  const size = { replicas, configured: 3 };
  const present = [...(given.more ?? []), ...Array.from({ length: pods }, (_, index) => podOf(index))];
  const cluster = { broker, pods: present, size, zone: ZONE, members, now: NOW };
  const membership = await membershipOf(cluster, client);
  return { membership, released };
}

describe('the members of a broker that is to shrink', () => {
  it('the last one is released, and its pod may go with the next plan', async () => {
    const { membership, released } = await look({});
    expect(released).toEqual([{ value: node(2) }]);
    expect(shrinkingStatus(membership)).toEqual({ shrinkingTo: 2 });
    expect(isShrinking(membership)).toBe(true);
  });

  it.each([
    ['the pod before is still leaving', { replicas: 2, pods: 3 }],
    ['the node before has not left', { replicas: 2 }],
    [
      'a queue stands against it',
      { queues: [{ name: 'q', vhost: 'clinic', type: 'classic', node: node(2) }] },
    ],
    ['the queues do not answer', { queues: new Error('headers timeout') }],
    ['a node is down', { members: [member(0), member(1, false), member(2)] }],
    ['the size is as wanted', { wanted: 3 as const }],
  ])('none is released while %s', async (_, given) => {
    const { membership, released } = await look(given);
    expect(released).toEqual([]);
    expect(shrinkingStatus(membership)).toEqual({});
  });
});

describe('a node that runs and is not ready', () => {
  const since = (startedAt: string): EnginePod => ({
    ...podOf(0),
    status: { containerStatuses: [{ name: 'rabbitmq', state: { running: { startedAt } } }] },
  });

  it('counts as up when it has had its time: it may be in no cluster with the others', async () => {
    const members = [member(1), member(2)];
    const late = { wanted: 3 as const, pods: 0, members, more: [since('2026-11-29T11:50:00Z')] };
    expect((await look(late)).membership.up).toEqual([node(0)]);
    const early = { ...late, more: [since('2026-11-29T11:59:00Z')] };
    expect((await look(early)).membership.up).toEqual([]);
  });
});

describe('a broker is whole', () => {
  it('when exactly the wanted nodes run', async () => {
    expect(isWhole((await look({ wanted: 3 })).membership)).toBe(true);
    expect(isWhole((await look({})).membership)).toBe(false);
    const members = [member(0), member(1, false), member(2)];
    expect(isWhole((await look({ wanted: 3, members })).membership)).toBe(false);
  });
});
