/** A Careplane resource as far as its readiness is concerned. */
export interface Resource {
  kind: string;
  metadata: Metadata;
  status?: { conditions?: ResourceCondition[] };
}

interface Metadata {
  namespace: string;
  name: string;
  generation?: number;
  ownerReferences?: { kind: string; name: string }[];
}

export interface ResourceCondition {
  type: string;
  status: string;
  reason: string;
  message: string;
  observedGeneration?: number;
}

/** Why a resource is not Ready yet; `undefined` when it is. */
export function obstacle(resource: Resource): string | undefined {
  const conditions = resource.status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (!ready) return 'the operator has not looked at it yet';
  if (isStale(ready, resource)) return 'the operator has not looked at its newest version yet';
  if (ready.status === 'True') return undefined;
  // Ready has the reason of what stands against it; other conditions only inform.
  const cause =
    conditions.find(
      ({ type, status, reason }) => type !== 'Ready' && status !== 'True' && reason === ready.reason,
    ) ?? ready;
  return `${cause.type}=${cause.status} (${cause.reason}): ${cause.message}`;
}

function isStale(ready: ResourceCondition, { metadata }: Resource): boolean {
  return ready.observedGeneration !== undefined && ready.observedGeneration < (metadata.generation ?? 0);
}

/** A Deployment or StatefulSet that a Careplane resource is made of. */
export interface Workload {
  kind: string;
  metadata: Metadata;
  spec: { replicas: number };
  status?: { observedGeneration?: number; readyReplicas?: number; conditions?: ResourceCondition[] };
}

/**
 * Why a workload is not there yet; `undefined` when it is. After a restart of the whole cluster a resource says of itself what
 * was true before, until the operator is back; the workloads' controllers are back sooner.
 */
export function workloadObstacle({ metadata, spec, status }: Workload): string | undefined {
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0))
    return 'its newest version is not rolled out yet';
  const ready = status?.readyReplicas ?? 0;
  return ready < spec.replicas ? `${ready} of ${spec.replicas} pods are Ready` : undefined;
}

/** Whether it is one of those that were applied. */
export function isApplied(applied: ReadonlySet<string>, resource: Resource): boolean {
  return applied.has(nameOf(resource));
}

/** Whether it is made of one of those that were applied, or of none, as the operator itself. */
export function isOfApplied(applied: ReadonlySet<string>, { metadata }: Workload): boolean {
  const { namespace, ownerReferences: owners = [] } = metadata;
  const names = owners.map(({ kind, name }) => nameOf({ kind, metadata: { namespace, name } }));
  return names.length === 0 || names.some((name) => applied.has(name));
}

/** Kind, namespace and name, as people write it. */
export function nameOf({ kind, metadata }: Pick<Resource, 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}
