import * as z from 'zod';
import { changesOf, type Changes, type WantedBroker } from './changes.ts';
import { apiPath, type Change, type ManagementClient } from './management.ts';
import { readTopology, type ObservedTopology } from './observed-topology.ts';
import { queueHealth, type QueueHealth } from './queue-health.ts';
import { Attempts, subjectOf, type Refusal } from './refusals.ts';

/** What was changed, and what could not be. */
export interface TopologyReport extends Pick<Changes, 'retained' | 'conflicting' | 'departing'> {
  changes: number;
  /** Queues that were deleted. */
  deleted: string[];
  /** What the broker did not take, and users that are somebody else's. */
  refused: Refusal[];
  /** The wanted queues that were there before, and are not well. */
  health: QueueHealth;
}

/**
 * Brings one vhost in line; with nothing to do it only reads. What fails for one user, queue or binding is reported, and the
 * others are served. @throws ManagementError and the errors of the connection when the broker as a whole cannot be asked
 */
export async function convergeTopology(
  client: ManagementClient,
  wanted: WantedBroker,
): Promise<TopologyReport> {
  const observed = await readTopology(client, wanted.vhost);
  const { list, abandoned, retained, conflicting, taken, departing } = changesOf(observed, wanted);
  const attempts = new Attempts(client.signal);
  let changes = 0;
  for (const change of list) if (await attempts.try(subjectOf(change), () => send(client, change))) changes++;
  const deleted: string[] = [];
  const drop = async (group: readonly string[]): Promise<void> => {
    if (await deleteIfEmpty(client, wanted.vhost, group)) deleted.push(...group);
  };
  for (const group of abandoned) await attempts.try(`queues ${group.join(', ')}`, () => drop(group));
  const refused = [...taken.map(takenUser), ...attempts.refused];
  const health = healthOf(observed, wanted);
  return { changes: changes + deleted.length, deleted, retained, conflicting, refused, departing, health };
}

/** A queue that is made in this round has nothing to tell yet. */
function healthOf({ definitions, views }: ObservedTopology, wanted: WantedBroker): QueueHealth {
  const { vhost, topology, nodes } = wanted;
  const present = new Set(
    definitions.queues.filter((queue) => queue.vhost === vhost).map(({ name }) => name),
  );
  const names = topology.queues.map(({ name }) => name).filter((name) => present.has(name));
  return queueHealth(names, views, nodes);
}

function takenUser(name: string): Refusal {
  return {
    what: `user ${name}`,
    reason: 'the broker has a user of that name that the operator did not make',
  };
}

async function send(client: ManagementClient, { method, path, body }: Change): Promise<void> {
  const where = apiPath(...path);
  if (method === 'DELETE') await client.remove(where);
  else if (method === 'PUT') await client.put(where, body);
  else await client.post(where, body);
}

/** Quorum queues refuse `if-empty` and counts lag, so each queue is asked for a message. Nothing arrives: its bindings are gone. */
async function deleteIfEmpty(
  client: ManagementClient,
  vhost: string,
  group: readonly string[],
): Promise<boolean> {
  for (const queue of group) if (!(await isEmpty(client, vhost, queue))) return false;
  for (const queue of group) await client.remove(apiPath('queues', vhost, queue));
  return true;
}

async function isEmpty(client: ManagementClient, vhost: string, queue: string): Promise<boolean> {
  const look = { count: 1, ackmode: 'reject_requeue_true', encoding: 'base64', truncate: 1 };
  const messages = z
    .array(z.unknown())
    .parse(await client.post(`${apiPath('queues', vhost, queue)}/get`, look));
  return messages.length === 0;
}
