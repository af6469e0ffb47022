import { apiPath, type Change, type ManagementClient } from './management.ts';
import type { Definitions } from './observed-topology.ts';

/** Global parameter with the node that leaves the cluster for good once its pod is stopped: its pod asks for it (health-script.ts). */
export const LEAVING = 'careplane_leaving';

/** Lets a node leave the cluster when its pod goes. */
export async function release(client: ManagementClient, node: string): Promise<void> {
  await client.put(apiPath('global-parameters', LEAVING), { value: node });
}

/** Takes it back once no node is to leave: a pod of that name that comes later would leave with its first restart. */
export function leavingChanges(
  { global_parameters: parameters }: Definitions,
  isShrinking: boolean,
): Change[] {
  const isSet = parameters.some(({ name }) => name === LEAVING);
  return isSet && !isShrinking ? [{ method: 'DELETE', path: ['global-parameters', LEAVING] }] : [];
}
