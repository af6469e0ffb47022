import * as z from 'zod';
import type { ManagementClient } from './management.ts';

/** A node by its own account, as far as it has told yet: with its first statistics, seconds after its start. */
const nodesSchema = z.array(
  z
    .object({
      name: z.string(),
      running: z.boolean().default(false),
      db_dir: z.string().optional(),
      mem_alarm: z.boolean().default(false),
      disk_free_alarm: z.boolean().default(false),
    })
    .transform(({ name, running, db_dir, mem_alarm, disk_free_alarm }) => ({
      name,
      isRunning: running,
      dataDirectory: db_dir,
      hasMemoryAlarm: mem_alarm,
      hasDiskAlarm: disk_free_alarm,
    })),
);

/** A member of the cluster, running or not; `name` is Erlang's. */
export type BrokerNode = z.infer<typeof nodesSchema>[number];

/** The members of the cluster that answers, also those that are down. */
export async function readNodes(client: ManagementClient): Promise<BrokerNode[]> {
  return nodesSchema.parse(await client.get('/nodes?columns=name,running,db_dir,mem_alarm,disk_free_alarm'));
}
