import * as z from 'zod';
import { describe } from '../../runtime/errors.ts';
import { apiPath, ManagementError, type ManagementClient } from './management.ts';

const viewsSchema = z.array(
  z.object({
    name: z.string(),
    vhost: z.string().optional(),
    type: z.string().optional(),
    /** Where its leader is, or where all of it is. */
    node: z.string().optional(),
    messages_ready: z.number().optional(),
    messages_unacknowledged: z.number().optional(),
    /** Absent for queues that are no quorum queues, and for those that do not answer. */
    leader: z.string().optional(),
    members: z.array(z.string()).optional(),
    online: z.array(z.string()).optional(),
  }),
);

/** A queue by its own account: what it does not tell is `undefined`. */
export type QueueView = z.infer<typeof viewsSchema>[number];

/** The queues of a vhost by name, or why they could not be asked. */
export type QueueViews = ReadonlyMap<string, QueueView> | string;

const HOW = 'disable_stats=true&enable_queue_totals=true';

/** The queues of all vhosts, or why they could not be asked. @throws what keeps the whole broker from being asked */
export function readAllQueues(client: ManagementClient): Promise<QueueView[] | string> {
  return askQueues(client, '/queues');
}

/** Asks the queues themselves and not the statistics, which lag by seconds. @throws what keeps the whole broker from being asked */
export async function readQueueViews(client: ManagementClient, vhost: string): Promise<QueueViews> {
  const views = await askQueues(client, apiPath('queues', vhost));
  return typeof views === 'string' ? views : new Map(views.map((view) => [view.name, view]));
}

async function askQueues(client: ManagementClient, path: string): Promise<QueueView[] | string> {
  try {
    return viewsSchema.parse(await client.get(`${path}?${HOW}`));
  } catch (error) {
    client.signal?.throwIfAborted();
    if (error instanceof ManagementError && error.status === 401) throw error;
    return describe(error);
  }
}

/** Messages in a queue, ready and unacknowledged; `undefined` when it does not tell. */
export function depthOf({
  messages_ready: ready,
  messages_unacknowledged: held,
}: QueueView): number | undefined {
  return ready === undefined || held === undefined ? undefined : ready + held;
}
