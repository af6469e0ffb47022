import { z } from 'zod';
import { describe } from '../../runtime/errors.ts';
import { apiPath, ManagementError, type ManagementClient } from './management.ts';

const viewsSchema = z.array(
  z.object({
    name: z.string(),
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

/** Asks the queues themselves and not the statistics, which lag by seconds. @throws what keeps the whole broker from being asked */
export async function readQueueViews(client: ManagementClient, vhost: string): Promise<QueueViews> {
  const path = `${apiPath('queues', vhost)}?disable_stats=true&enable_queue_totals=true`;
  try {
    const views = viewsSchema.parse(await client.get(path));
    return new Map(views.map((view) => [view.name, view]));
  } catch (error) {
    client.signal?.throwIfAborted();
    if (error instanceof ManagementError && error.status === 401) throw error;
    return describe(error);
  }
}

/** Messages in a queue, ready and unacknowledged; `undefined` when it does not tell. */
export function depthOf({ messages_ready: ready, messages_unacknowledged: held }: QueueView): number | undefined {
  return ready === undefined || held === undefined ? undefined : ready + held;
}
