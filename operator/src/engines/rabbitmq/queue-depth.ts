import * as z from 'zod';
import { apiPath, type ManagementClient } from './management.ts';

const depthSchema = z.object({
  messages_ready: z.number().default(0),
  messages_unacknowledged: z.number().default(0),
});

/** Messages to work on: ready, unacknowledged, and in the retry queues; zero without a queue. @throws when the broker is silent */
export async function queueDepth(client: ManagementClient, vhost: string, queue: string): Promise<number> {
  const path = `${apiPath('queues', vhost, queue)}?disable_stats=true&enable_queue_totals=true`;
  const answer = await client.find(path);
  if (answer === undefined) return 0;
  const { messages_ready, messages_unacknowledged } = depthSchema.parse(answer);
  return messages_ready + messages_unacknowledged;
}
