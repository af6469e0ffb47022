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
  /** Nodes whose pods are ready, and those whose pods are still leaving. */
  ready: readonly string[];
  leaving: readonly string[];
  /** Members by the account of the one that was asked. */
  members: readonly BrokerNode[];
  /** Only while there are more than are wanted. */
  shrink?: ShrinkStep;
}

/** The condition `NodesAsDeclared`. */
export function nodesAsDeclared(membership: Membership): JudgedCondition {
  return (
    apart(membership) ??
    leftBehind(membership) ??
    resized(membership) ??
    missing(membership) ??
    NodesAsDeclared.because('AsDeclared', 'every node is up, and they are one cluster')
  );
}

/** The condition as long as no node can be asked. */
export const NODES_UNASKED = NodesAsDeclared.because('Waiting', 'nodes are asked when they are up');

/** A node that is up and unknown to the one that was asked has a cluster, users and queues of its own. */
function apart({ ready, members }: Membership): JudgedCondition | undefined {
  const known = new Set(members.map(({ name }) => name));
  const strangers = ready.filter((node) => !known.has(node));
  if (strangers.length === 0) return undefined;
  const message = `the cluster of ${[...known].sort().join(', ')} does not know ${strangers.join(', ')}`;
  return NodesAsDeclared.because('NotJoined', message);
}

function leftBehind({ present, leaving, members }: Membership): JudgedCondition | undefined {
  const gone = members
    .filter(({ name, isRunning }) => !isRunning && !present.includes(name) && !leaving.includes(name))
    .map(({ name }) => name);
  if (gone.length === 0) return undefined;
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

function missing({ present, members }: Membership): JudgedCondition | undefined {
  const running = new Set(members.filter(({ isRunning }) => isRunning).map(({ name }) => name));
  const down = present.filter((node) => !running.has(node));
  return down.length === 0
    ? undefined
    : NodesAsDeclared.because('NodesMissing', `not up: ${down.join(', ')}; the others serve`);
}
