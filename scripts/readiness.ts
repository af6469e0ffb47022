/** A Careplane resource as far as its readiness is concerned. */
export interface Resource {
  kind: string;
  metadata: { namespace: string; name: string; generation?: number };
  status?: { conditions?: ResourceCondition[] };
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
  const cause = conditions.find(({ type, status }) => type !== 'Ready' && status !== 'True') ?? ready;
  return `${cause.type}=${cause.status} (${cause.reason}): ${cause.message}`;
}

function isStale(ready: ResourceCondition, { metadata }: Resource): boolean {
  return ready.observedGeneration !== undefined && ready.observedGeneration < (metadata.generation ?? 0);
}

/** Kind, namespace and name, as people write it. */
export function nameOf({ kind, metadata }: Resource): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}
