import * as z from 'zod';
import type { ManagementClient } from './management.ts';
import { depthOf, readQueueViews, type QueueView, type QueueViews } from './queue-views.ts';

/** Somebody else's queue may have lists and tables in its arguments: nothing of it may keep ours from being read. */
const argumentsSchema = z.record(z.string(), z.unknown());
const definitionsSchema = z.object({
  global_parameters: z.array(z.object({ name: z.string() })).default([]),
  vhosts: z.array(z.object({ name: z.string() })),
  users: z.array(
    z.object({
      name: z.string(),
      // A user that logs in by certificate has no password.
      password_hash: z.string().default(''),
      tags: z.union([z.string(), z.array(z.string())]).default(''),
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

export interface ObservedTopology {
  definitions: Definitions;
  /** Messages in each queue of the vhost, ready and unacknowledged; of those that tell it. */
  depths: ReadonlyMap<string, number>;
  /** What the queues of the vhost tell of themselves. */
  views: QueueViews;
}

/** Reads everything that is compared, in two requests. Queues that do not answer keep nothing else from being read. */
export async function readTopology(client: ManagementClient, vhost: string): Promise<ObservedTopology> {
  const definitions = definitionsSchema.parse(await client.get('/definitions'));
  const exists = definitions.vhosts.some(({ name }) => name === vhost);
  const views = exists ? await readQueueViews(client, vhost) : new Map<string, QueueView>();
  return { definitions, depths: depthsOf(views), views };
}

function depthsOf(views: QueueViews): Map<string, number> {
  const depths = new Map<string, number>();
  for (const view of typeof views === 'string' ? [] : views.values()) {
    const depth = depthOf(view);
    if (depth !== undefined) depths.set(view.name, depth);
  }
  return depths;
}

/** The tags of a user, which the broker writes as a list or as words with commas. */
export function tagsOf(user: Definitions['users'][number]): string[] {
  return Array.isArray(user.tags) ? user.tags : user.tags.split(',').filter((tag) => tag !== '');
}
