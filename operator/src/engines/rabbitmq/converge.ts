import { z } from 'zod';
import { changesOf, type Change, type Changes, type WantedBroker } from './changes.ts';
import { apiPath, type ManagementClient } from './management.ts';
import { readTopology } from './observed-topology.ts';

/** What was changed, and what could not be. */
export interface TopologyReport extends Pick<Changes, 'retained' | 'conflicting' | 'departing'> {
  changes: number;
  /** Queues that were deleted. */
  deleted: string[];
}

/** Brings one vhost in line; with nothing to do it only reads. @throws ManagementError and the errors of the connection. */
export async function convergeTopology(
  client: ManagementClient,
  wanted: WantedBroker,
): Promise<TopologyReport> {
  const { list, abandoned, retained, conflicting, departing } = changesOf(
    await readTopology(client, wanted.vhost),
    wanted,
  );
  for (const change of list) await send(client, change);
  const deleted: string[] = [];
  for (const group of abandoned) if (await deleteIfEmpty(client, wanted.vhost, group)) deleted.push(...group);
  return { changes: list.length + deleted.length, deleted, retained, conflicting, departing };
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
