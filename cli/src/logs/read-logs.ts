import { LABEL } from '@careplane/operator/api/group';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import { query } from '@careplane/operator/runtime/client/paths';
import { describe, isStatus } from '@careplane/operator/runtime/errors';
import type { KubeObject, ResourceType } from '@careplane/operator/runtime/kube';
import { compareTimes, parseLine, type LogLine } from './line.ts';

export interface Pod extends KubeObject {
  spec?: { containers?: { name: string }[] };
  status?: { phase?: string; containerStatuses?: { restartCount?: number }[] };
}

export const pods: ResourceType<Pod> = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

export interface LogSelection {
  sinceSeconds?: number | undefined;
  /** RFC 3339. */
  sinceTime?: string | undefined;
  tailLines?: number | undefined;
  /** Of the container that ran before the last restart. */
  previous?: boolean | undefined;
}

export async function podsOf(client: KubeClient, namespace: string, service: string): Promise<Pod[]> {
  const found = await client.list(pods, { namespace, labelSelector: `${LABEL.service}=${service}` });
  // One that waits to be placed or for its image has no log yet.
  return found.filter(({ status }) => status?.phase !== 'Pending');
}

/** Whether there was a container before the one that runs. */
export function wasRestarted({ status }: Pod): boolean {
  return (status?.containerStatuses ?? []).some(({ restartCount = 0 }) => restartCount > 0);
}

export interface ReadLogs {
  /** In the order of time. */
  lines: LogLine[];
  /** What kept pods' logs from being read, a line for each. */
  troubles: string[];
}

/** The logs of these pods. One that cannot be read (its node does not answer) keeps no other from being shown; one that is gone has none. */
export async function readLogs(
  client: KubeClient,
  list: readonly Pod[],
  selection: LogSelection,
): Promise<ReadLogs> {
  const troubles: string[] = [];
  const logs = await Promise.all(
    list.map(async (pod) => {
      try {
        return await readLog(client, pod, selection);
      } catch (error) {
        troubles.push(`${pod.metadata.name}: ${describe(error)}`);
        return [];
      }
    }),
  );
  return { lines: logs.flat().sort(compareTimes), troubles };
}

async function readLog(client: KubeClient, pod: Pod, selection: LogSelection): Promise<LogLine[]> {
  try {
    const text = await client.getRaw(logPath(pod, selection));
    return text.split('\n').flatMap((line) => parseLine(line, pod.metadata.name) ?? []);
  } catch (error) {
    if (isStatus(error, 404)) return [];
    throw error;
  }
}

/** Where the API server has the log of a pod's first container, with a time before each line. */
export function logPath({ metadata, spec }: Pod, selection: LogSelection & { follow?: true }): string {
  const { namespace = '', name } = metadata;
  const container = spec?.containers?.[0]?.name;
  return `/api/v1/namespaces/${namespace}/pods/${name}/log${query({ timestamps: true, container, ...selection })}`;
}
