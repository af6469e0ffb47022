import { LABEL } from '@careplane/operator/api/group';
import { quantityValue } from '@careplane/operator/api/quantity';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import { pods } from '../logs/read-logs.ts';

/** What the pods of a service use together. */
export interface Usage {
  /** Cores. */
  cpu: number;
  /** Bytes. */
  memory: number;
}

interface PodMetrics {
  metadata: { name: string };
  containers?: { usage: { cpu: string; memory: string } }[];
}

/** Reads metrics.k8s.io. The labels of a pod name its service; not every metrics server returns them. */
export async function readUsage(client: KubeClient, namespace: string): Promise<Map<string, Usage>> {
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`;
  const text = await client.getRaw(path, { timeoutMs: 5_000, attempts: 1 });
  const { items = [] } = JSON.parse(text) as { items?: PodMetrics[] };
  const serviceOf = new Map(
    (await client.list(pods, { namespace, labelSelector: LABEL.service })).map(({ metadata }) => [
      metadata.name,
      metadata.labels?.[LABEL.service],
    ]),
  );
  const usages = new Map<string, Usage>();
  for (const { metadata, containers = [] } of items) {
    const service = serviceOf.get(metadata.name);
    if (service === undefined) continue;
    const { cpu, memory } = usages.get(service) ?? { cpu: 0, memory: 0 };
    const sum = (resource: 'cpu' | 'memory'): number =>
      containers.reduce((total, { usage }) => total + quantityValue(usage[resource]), 0);
    usages.set(service, { cpu: cpu + sum('cpu'), memory: memory + sum('memory') });
  }
  return usages;
}
