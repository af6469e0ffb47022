import type { KubeClient } from '../client/client.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../controller.ts';
import type { ResourceType } from '../kube.ts';
import type { Rights } from './namespace-rights.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** What one informer follows. */
export interface InformerScope {
  type: ResourceType;
  /** Absent: all namespaces. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  metadataOnly?: boolean | undefined;
  /** The kind may be missing from the cluster: then it is empty, and looked for again every minute. */
  optional?: boolean | undefined;
  /** Remember the digest of the fields that we own (children). */
  ownership?: boolean | undefined;
}

export interface InformerEnvironment {
  client: KubeClient;
  clock: Clock;
  random: () => number;
  metrics: Metrics;
  log: Logger;
  /** A watch that says nothing for this long, not even a bookmark, is given up and everything is listed again. */
  silenceLimitMs: number;
  /** Everything is listed again after about this, in case that an event was lost on its way. */
  relistMs: number;
  /** Whether objects of the namespace (`undefined`: cluster-scoped) are ours to cache; absent: all. */
  admits?: ((namespace: string | undefined) => boolean) | undefined;
  /** Who hears that a namespace may not be read; absent: such a list is tried again as any other that fails. */
  rights?: Rights | undefined;
}

/** Fields of every line that an informer logs. */
export function fieldsOf({
  type,
  namespace,
  labelSelector,
  fieldSelector,
}: InformerScope): Record<string, unknown> {
  return { watched: type.plural, namespace, labelSelector, fieldSelector };
}
