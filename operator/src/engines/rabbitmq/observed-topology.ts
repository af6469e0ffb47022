import { z } from 'zod';
import { apiPath, type ManagementClient } from './management.ts';

const argumentsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const definitionsSchema = z.object({
  vhosts: z.array(z.object({ name: z.string() })),
  users: z.array(
    z.object({
      name: z.string(),
      password_hash: z.string(),
      tags: z.union([z.string(), z.array(z.string())]),
    }),
  ),
  permissions: z.array(
    z.object({
      user: z.string(),
      vhost: z.string(),
      configure: z.string(),
      write: z.string(),
      read: z.string(),
    }),
  ),
  topic_permissions: z.array(
    z.object({
      user: z.string(),
      vhost: z.string(),
      exchange: z.string(),
      write: z.string(),
      read: z.string(),
    }),
  ),
  exchanges: z.array(
    z.object({ name: z.string(), vhost: z.string(), type: z.string(), durable: z.boolean() }),
  ),
  queues: z.array(z.object({ name: z.string(), vhost: z.string(), arguments: argumentsSchema })),
  bindings: z.array(
    z.object({
      source: z.string(),
      vhost: z.string(),
      destination: z.string(),
      destination_type: z.string(),
      routing_key: z.string(),
    }),
  ),
});

/** What the broker holds, as its definitions tell. */
export type Definitions = z.infer<typeof definitionsSchema>;

const depthsSchema = z.array(
  z.object({
    name: z.string(),
    messages_ready: z.number().default(0),
    messages_unacknowledged: z.number().default(0),
  }),
);

export interface ObservedTopology {
  definitions: Definitions;
  /** Messages in each queue of the vhost, ready and unacknowledged; empty while there is no vhost. */
  depths: ReadonlyMap<string, number>;
}

/** Reads everything that is compared, in two requests. */
export async function readTopology(client: ManagementClient, vhost: string): Promise<ObservedTopology> {
  const definitions = definitionsSchema.parse(await client.get('/definitions'));
  const exists = definitions.vhosts.some(({ name }) => name === vhost);
  return { definitions, depths: exists ? await readDepths(client, vhost) : new Map<string, number>() };
}

/** Messages in each queue, counted by the queues themselves and not by the statistics, which lag by seconds. */
async function readDepths(client: ManagementClient, vhost: string): Promise<Map<string, number>> {
  const path = `${apiPath('queues', vhost)}?disable_stats=true&enable_queue_totals=true`;
  const queues = depthsSchema.parse(await client.get(path));
  return new Map(
    queues.map(({ name, messages_ready, messages_unacknowledged }) => [
      name,
      messages_ready + messages_unacknowledged,
    ]),
  );
}

/** The tags of a user, which the broker writes as a list or as words with commas. */
export function tagsOf(user: Definitions['users'][number]): string[] {
  return Array.isArray(user.tags) ? user.tags : user.tags.split(',').filter((tag) => tag !== '');
}
