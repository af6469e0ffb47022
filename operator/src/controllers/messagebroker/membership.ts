import type { MessageBroker, MessageBrokerStatus } from '../../api/messagebroker.ts';
import { nodeName } from '../../engines/rabbitmq/configuration.ts';
import { release } from '../../engines/rabbitmq/leaving.ts';
import type { ManagementClient } from '../../engines/rabbitmq/management.ts';
import type { BrokerNode } from '../../engines/rabbitmq/nodes.ts';
import { readAllQueues } from '../../engines/rabbitmq/queue-views.ts';
import { shrinkStep, type ShrinkStep } from '../../engines/rabbitmq/shrink.ts';
import type { Zone } from '../../k8s/dns-names.ts';
import { isReady, podIndex, type EnginePod } from '../../k8s/pods.ts';
import type { Membership } from './nodes-as-declared.ts';
import type { Size } from './size.ts';

interface Cluster {
  broker: MessageBroker;
  pods: readonly EnginePod[];
  size: Size;
  zone: Zone;
  members: readonly BrokerNode[];
  /** Milliseconds since the epoch. */
  now: number;
}

/** Reads what decides about the members of a cluster; with too many of them, the last one is released when nothing stands against it. */
export async function membershipOf(cluster: Cluster, client: ManagementClient): Promise<Membership> {
  const membership = placement(cluster);
  if (!mayRelease(membership)) return membership;
  const shrink = await nextStep(membership, client);
  if ('leaving' in shrink) await release(client, shrink.leaving);
  return { ...membership, shrink };
}

/** Whether nodes leave at present. */
export function isShrinking({ leaving, shrink }: Membership): boolean {
  return leaving.length > 0 || (shrink !== undefined && 'leaving' in shrink);
}

/** Whether the members are exactly the wanted ones, and all run. */
export function isWhole(membership: Membership): boolean {
  const { present, wanted, leaving, members } = membership;
  const isSettled = leaving.length === 0 && present.length === wanted && members.length === wanted;
  return isSettled && isUp(membership);
}

/** Whether every node runs whose pod there is to be. */
export function isUp({ present, members }: Membership): boolean {
  const running = members.filter(({ isRunning }) => isRunning).map(({ name }) => name);
  return present.every((node) => running.includes(node));
}

/** `status.shrinkingTo` after a node was released: the next plan takes its pod away. */
export function shrinkingStatus({ present, shrink }: Membership): Pick<MessageBrokerStatus, 'shrinkingTo'> {
  return shrink !== undefined && 'leaving' in shrink ? { shrinkingTo: present.length - 1 } : {};
}

function placement({ broker, pods, size, zone, members, now }: Cluster): Membership {
  const nodeAt = (index: number): string => nodeName(broker.metadata.name, index, zone);
  const staying = pods.filter((pod) => podIndex(pod) < size.replicas);
  return {
    present: Array.from({ length: size.replicas }, (_, index) => nodeAt(index)),
    wanted: broker.spec.nodes,
    up: staying.filter((pod) => isReady(pod) || hasRun(pod, now)).map((pod) => nodeAt(podIndex(pod))),
    leaving: pods
      .map(podIndex)
      .filter((index) => index >= size.replicas)
      .map(nodeAt),
    members,
  };
}

/** Milliseconds after which a node should be in the cluster. */
const JOINED_MS = 180_000;

/** A node apart from the others never gets ready: it is told by the time that it runs. */
function hasRun({ status }: EnginePod, now: number): boolean {
  const containers = status?.containerStatuses ?? [];
  const since = containers.find(({ name }) => name === 'rabbitmq')?.state?.running?.startedAt;
  return since !== undefined && now - Date.parse(since) >= JOINED_MS;
}

/** One node leaves at a time, and has left before the next one does. */
function mayRelease({ present, wanted, leaving, members }: Membership): boolean {
  const isSettled = leaving.length === 0 && members.every(({ name }) => present.includes(name));
  return isSettled && present.length > wanted;
}

async function nextStep(
  { present, wanted, members }: Membership,
  client: ManagementClient,
): Promise<ShrinkStep> {
  const running = new Set(members.filter(({ isRunning }) => isRunning).map(({ name }) => name));
  const queues = await readAllQueues(client);
  return typeof queues === 'string'
    ? { blocked: `the queues do not answer: ${queues}` }
    : shrinkStep({ present, wanted, running, queues });
}
