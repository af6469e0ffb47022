import type { QueueHealth } from '../../engines/rabbitmq/queue-health.ts';
import type { BrokerNode } from '../../engines/rabbitmq/nodes.ts';
import type { ShrinkStep } from '../../engines/rabbitmq/shrink.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import { NodesAsDeclared } from './conditions.ts';

/** What decides about the members of a cluster; nodes by Erlang's names. */
export interface Membership {
  /** Nodes of the pods that there are to be now, in their order. */
  present: readonly string[];
  /** How many of them the spec wants. */
  wanted: number;
  /** Nodes whose pods are ready or have run for so long that they should be, and those whose pods are still leaving. */
  up: readonly string[];
  leaving: readonly string[];
  /** Members by the account of the one that was asked. */
  members: readonly BrokerNode[];
  /** Only while there are more than are wanted. */
  shrink?: ShrinkStep;
}

/** The condition `NodesAsDeclared`. */
export function nodesAsDeclared(
  membership: Membership,
  health: Pick<QueueHealth, 'leaderless' | 'silent'>,
): JudgedCondition {
  return (
    apart(membership) ??
    leftBehind(membership, health) ??
    resized(membership) ??
    missing(membership, health) ??
    growthHeld(membership.present.length, membership.wanted) ??
    NodesAsDeclared.because('AsDeclared', 'every node is up, and they are one cluster')
  );
}

/** The condition as long as no node can be asked. */
export function nodesUnasked(replicas: number, wanted: number): JudgedCondition {
  return (
    growthHeld(replicas, wanted) ?? NodesAsDeclared.because('Waiting', 'nodes are asked when they are up')
  );
}

function growthHeld(replicas: number, wanted: number): JudgedCondition | undefined {
  if (replicas >= wanted) return undefined;
  const message = `${wanted} nodes are wanted; new ones are added once every node of the ${replicas} is ready to be joined`;
  return NodesAsDeclared.because('GrowthHeld', message);
}

/** A node that is up and unknown to the one that was asked has a cluster, users and queues of its own. */
function apart({ up, members }: Membership): JudgedCondition | undefined {
  const known = new Set(members.map(({ name }) => name));
  const strangers = up.filter((node) => !known.has(node));
  if (strangers.length === 0) return undefined;
  const message = `the cluster of ${[...known].sort().join(', ')} does not know ${strangers.join(', ')}`;
  return NodesAsDeclared.because('NotJoined', message);
}

function leftBehind(
  { present, leaving, members }: Membership,
  { leaderless, silent }: Pick<QueueHealth, 'leaderless' | 'silent'>,
): JudgedCondition | undefined {
  const gone = members
    .filter(({ name, isRunning }) => !isRunning && !present.includes(name) && !leaving.includes(name))
    .map(({ name }) => name);
  if (gone.length === 0) return undefined;
  const standing = [...leaderless, ...silent].sort().join(', ');
  if (standing !== '') {
    const why = `the pods of ${gone.join(', ')} are gone, and these queues have no majority without them: ${standing}`;
    return NodesAsDeclared.because(
      'NotForgotten',
      `${why}; put spec.nodes back, so that their messages are kept`,
    );
  }
  const commands = gone.map((name) => `rabbitmqctl forget_cluster_node ${name}`).join('; ');
  const message = `the pods of ${gone.join(', ')} are gone, and the cluster still counts on them: run in the first pod: ${commands}`;
  return NodesAsDeclared.because('NotForgotten', message);
}

function resized({ present, wanted, leaving, shrink }: Membership): JudgedCondition | undefined {
  if (leaving.length > 0) return shrinking(leaving, wanted);
  if (shrink === undefined) return undefined;
  if ('leaving' in shrink) return shrinking([shrink.leaving], wanted);
  const message = `${wanted} of ${present.length} nodes are wanted, and the others cannot leave: ${shrink.blocked}`;
  return NodesAsDeclared.because('ShrinkBlocked', message);
}

function shrinking(leaving: readonly string[], wanted: number): JudgedCondition {
  return NodesAsDeclared.because(
    'Shrinking',
    `going to ${wanted} nodes: ${leaving.join(', ')} leaves the cluster`,
  );
}

function missing(
  { present, members, up }: Membership,
  { leaderless, silent }: Pick<QueueHealth, 'leaderless' | 'silent'>,
): JudgedCondition | undefined {
  const running = new Set(members.filter(({ isRunning }) => isRunning).map(({ name }) => name));
  const down = present.filter((node) => !running.has(node));
  if (down.length === 0) return undefined;
  const message = `not up: ${down.join(', ')}; the others serve`;
  // The pod has run for long enough, and the others still wait for the node.
  const stuck = leaderless.length + silent.length > 0 ? [] : down.filter((node) => up.includes(node));
  return NodesAsDeclared.because('NodesMissing', [message, ...stuck.map(replacing)].join('; '));
}

/** How a node comes back that has lost its volume: the cluster does not take a node of the same name without its data. */
function replacing(node: string): string {
  const pod = /@([^.]*)/.exec(node)?.[1] ?? node;
  return `when ${pod} has lost its volume, run rabbitmqctl forget_cluster_node ${node} in a pod that is ready, then delete the claim data-${pod} and the pod`;
}
