import { NAMESPACE, condition, eventually, kubectl } from './cluster.ts';
import type { Resource } from './cluster.ts';

/** The fields of a HealthcareService that the rollout tests read. */
export interface RolledService extends Resource {
  metadata: Resource['metadata'] & { generation?: number };
  status?: NonNullable<Resource['status']> & {
    observedGeneration?: number;
    revision?: string;
    version?: string;
  };
}

/** Reads the clinic's service of the name. */
export async function service(name: string): Promise<RolledService> {
  const text = await kubectl('get', 'healthcareservice', name, '-n', NAMESPACE, '-o', 'json');
  return JSON.parse(text) as RolledService;
}

/** Resolves to the running revision when the newest spec is Ready. */
export async function ready(name: string): Promise<string> {
  return await eventually(
    `${name} is Ready`,
    async () => {
      const object = await service(name);
      const isCurrent = object.status?.observedGeneration === object.metadata.generation;
      const isReady = isCurrent && condition(object, 'Ready')?.status === 'True';
      return isReady ? object.status?.revision : undefined;
    },
    200_000,
  );
}

/** Resolves to the message of the condition `RolledOut` when it has this reason. */
export async function rolledOut(name: string, reason: string, timeoutMs = 240_000): Promise<string> {
  return await eventually(
    `RolledOut ${reason}`,
    async () => {
      const judged = condition(await service(name), 'RolledOut');
      return judged?.reason === reason ? judged.message : undefined;
    },
    timeoutMs,
  );
}
