import type { KubeClient } from '@careplane/operator/runtime/client/client';
import { pause } from '@careplane/operator/runtime/clock';
import { describe, isStatus } from '@careplane/operator/runtime/errors';
import type { KubeObject, ResourceType } from '@careplane/operator/runtime/kube';
import { LineSplitter } from '@careplane/operator/runtime/client/lines';
import { query } from '@careplane/operator/runtime/client/paths';
import type { Transport } from '@careplane/operator/runtime/client/transport';
import { LABEL } from '@careplane/operator/api/group';
import { clock } from '../clock.ts';
import { compareTimes, parseLine, type LogLine } from './line.ts';

export interface Pod extends KubeObject {
  spec?: { containers?: { name: string }[] };
  status?: { phase?: string };
}

export const pods: ResourceType<Pod> = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

export interface LogSelection {
  sinceSeconds?: number | undefined;
  tailLines?: number | undefined;
}

/** Milliseconds between looks for new pods while following. */
const LOOK = 2_000;

export async function podsOf(client: KubeClient, namespace: string, service: string): Promise<Pod[]> {
  const found = await client.list(pods, { namespace, labelSelector: `${LABEL.service}=${service}` });
  // One that waits to be placed or for its image has no log yet.
  return (found as Pod[]).filter(({ status }) => status?.phase !== 'Pending');
}

/** The logs of these pods, in the order of time. A pod that is gone meanwhile has none. */
export async function readLogs(
  client: KubeClient,
  list: readonly Pod[],
  selection: LogSelection,
): Promise<LogLine[]> {
  const logs = await Promise.all(list.map((pod) => readLog(client, pod, selection)));
  return logs.flat().sort(compareTimes);
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

export interface Following {
  transport: Transport;
  /** The pods as they are now. */
  list: () => Promise<Pod[]>;
  onLine: (line: LogLine) => void;
  onTrouble: (text: string) => void;
  signal: AbortSignal;
}

/** Follows the logs of all pods, also of those that come later, until the signal. */
export async function followLogs(following: Following, selection: LogSelection): Promise<void> {
  const { signal, list } = following;
  const followed = new Map<string, Promise<void>>();
  const begun = new Set<string>();
  while (!signal.aborted) {
    for (const pod of await list()) {
      const id = pod.metadata.uid ?? pod.metadata.name;
      if (followed.has(id)) continue;
      // A log that ended and goes on (its container was started again) begins where it was left; a new pod's at its start.
      const from = begun.has(id) ? { sinceSeconds: LOOK / 1_000 } : begun.size === 0 ? selection : {};
      followed.set(
        id,
        followLog(following, pod, from).finally(() => followed.delete(id)),
      );
    }
    for (const id of followed.keys()) begun.add(id);
    await pause(clock, LOOK, signal);
  }
  await Promise.all(followed.values());
}

async function followLog(following: Following, pod: Pod, selection: LogSelection): Promise<void> {
  const { transport, signal, onLine, onTrouble } = following;
  const lines = new LineSplitter();
  try {
    const path = `${logPath(pod, selection)}&follow=true`;
    const request = { method: 'GET', path, idempotent: true, verb: 'get', resource: 'log', signal } as const;
    for await (const chunk of await transport.stream(request))
      for (const line of lines
        .push(chunk as Buffer)
        .flatMap((raw) => parseLine(raw, pod.metadata.name) ?? []))
        onLine(line);
  } catch (error) {
    // Stopped by the user, or the pod went: both end its log.
    if (!signal.aborted && !isStatus(error, 404)) onTrouble(`${pod.metadata.name}: ${describe(error)}`);
  }
}

function logPath({ metadata, spec }: Pod, { sinceSeconds, tailLines }: LogSelection): string {
  const { namespace = '', name } = metadata;
  const container = spec?.containers?.[0]?.name;
  return `/api/v1/namespaces/${namespace}/pods/${name}/log${query({ timestamps: true, container, sinceSeconds, tailLines })}`;
}
