import { describe, expect, it } from '@jest/globals';
import type { BrokerNode } from '../../engines/rabbitmq/nodes.ts';
import type { QueueHealth } from '../../engines/rabbitmq/queue-health.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import { nodesAsDeclared, nodesUnasked, type Membership } from './nodes-as-declared.ts';

const member = (name: string, isRunning = true): BrokerNode => ({
  name,
  isRunning,
  dataDirectory: undefined,
  hasMemoryAlarm: false,
  hasDiskAlarm: false,
});
const NODES = ['n0', 'n1', 'n2'];
const WELL: Membership = {
  present: NODES,
  wanted: 3,
  up: NODES,
  leaving: [],
  members: NODES.map((name) => member(name)),
};

const judge = (membership: Membership, health: Partial<QueueHealth> = {}): JudgedCondition =>
  nodesAsDeclared(membership, { leaderless: [], silent: [], ...health });

describe('the condition NodesAsDeclared', () => {
  it('is True when all pods are one cluster', () => {
    expect(judge(WELL)).toMatchObject({ status: 'True', reason: 'AsDeclared' });
  });

  it('counts for Ready when a ready pod has a cluster of its own', () => {
    const condition = judge({ ...WELL, members: [member('n1')] });
    expect(condition).toMatchObject({ status: 'False', reason: 'NotJoined', alarming: true });
    expect(condition.informs).toBeUndefined();
    expect(condition.message).toBe('the cluster of n1 does not know n0, n2');
  });

  it('names a node that is down, and leaves Ready to the queues', () => {
    const members = [member('n0'), member('n1', false), member('n2')];
    expect(judge({ ...WELL, up: ['n0', 'n2'], members })).toMatchObject({
      status: 'False',
      reason: 'NodesMissing',
      informs: true,
      message: 'not up: n1; the others serve',
    });
  });

  it('names what stands against a smaller size, and counts', () => {
    const condition = judge({ ...WELL, wanted: 1, shrink: { blocked: 'queue x' } });
    expect(condition).toMatchObject({ status: 'False', reason: 'ShrinkBlocked', alarming: true });
    expect(condition.informs).toBeUndefined();
    expect(condition.message).toMatch(/1 of 3 nodes are wanted.*queue x$/);
  });

  it('is Shrinking until the last pod that leaves is gone', () => {
    const reason = 'Shrinking';
    expect(judge({ ...WELL, wanted: 1, shrink: { leaving: 'n2' } })).toMatchObject({ reason });
    const leaving = { wanted: 1, present: ['n0'], up: ['n0'], leaving: ['n1'] };
    const members = [member('n0'), member('n1', false)];
    expect(judge({ ...WELL, ...leaving, members })).toMatchObject({ reason });
  });

  it('says how a node is forgotten whose pod went without a word', () => {
    const members = [member('n0'), member('n1', false)];
    const condition = judge({ ...WELL, wanted: 1, present: ['n0'], up: ['n0'], members });
    expect(condition).toMatchObject({ status: 'False', reason: 'NotForgotten' });
    expect(condition.message).toContain('rabbitmqctl forget_cluster_node n1');
  });

  it('tells nobody to forget a node that a queue needs', () => {
    const members = [member('n0'), member('n1', false)];
    const gone = { ...WELL, wanted: 1, present: ['n0'], up: ['n0'], members };
    const { message } = judge(gone, { leaderless: ['b'], silent: ['a'] });
    expect(message).toContain('no majority without them: a, b; put spec.nodes back');
    expect(message).not.toContain('forget_cluster_node');
  });

  it('says that a cluster does not grow yet', () => {
    const alone = { ...WELL, present: ['n0'], up: ['n0'], members: [member('n0')] };
    expect(judge(alone)).toMatchObject({ status: 'False', reason: 'GrowthHeld', informs: true });
    expect(nodesUnasked(1, 3)).toMatchObject({ reason: 'GrowthHeld' });
    expect(nodesUnasked(3, 3)).toMatchObject({ reason: 'Waiting' });
  });

  it('says how a node is replaced that runs and does not come back, while the queues do without it', () => {
    const node = 'rabbit@b-1.b-nodes.clinic.svc.cluster.local';
    const present = ['n0', node, 'n2'];
    const members = [member('n0'), member(node, false), member('n2')];
    const lost = { ...WELL, present, up: present, members };
    expect(judge(lost).message).toContain(
      `rabbitmqctl forget_cluster_node ${node} in a pod that is ready, then delete the claim data-b-1 and the pod`,
    );
    expect(judge(lost, { leaderless: ['q'] }).message).not.toContain('forget');
    expect(judge({ ...lost, up: ['n0', 'n2'] }).message).not.toContain('forget');
  });
});
