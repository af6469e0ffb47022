import { z } from 'zod';
import type { ManagementClient } from './management.ts';

const nodesSchema = z.array(z.object({ name: z.string(), db_dir: z.string().optional() }));

/** Where each node that runs keeps its data, by its own account: Erlang's name of the node to directory. */
export async function readDataDirectories(client: ManagementClient): Promise<Map<string, string>> {
  const nodes = nodesSchema.parse(await client.get('/nodes'));
  return new Map(
    nodes.flatMap(({ name, db_dir: directory }) => (directory === undefined ? [] : [[name, directory]])),
  );
}
