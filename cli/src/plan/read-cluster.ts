import type { KubeClient, Selection } from '@careplane/operator/runtime/client/client';
import type { AnyController } from '@careplane/operator/runtime/controller';
import { isStatus } from '@careplane/operator/runtime/errors';
import { KIND_LABEL, typeId } from '@careplane/operator/runtime/keys';
import type { KubeObject, ResourceType } from '@careplane/operator/runtime/kube';

interface Scope {
  type: ResourceType;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  metadataOnly?: boolean | undefined;
  optional?: boolean | undefined;
}

/** What was read. */
export interface ReadObjects {
  /** With everything, also the managed fields that the operator's caches leave out. */
  whole: KubeObject[];
  /** Secrets that are watched and not owned: their data is not needed. */
  metadataOnly: KubeObject[];
}

/** Everything that the operator's caches hold of these namespaces; `notes` takes what may not be read beyond them. */
export async function readCluster(
  client: KubeClient,
  controllers: readonly AnyController[],
  namespaces: readonly string[],
  notes: Set<string>,
): Promise<ReadObjects> {
  const found: ReadObjects = { whole: [], metadataOnly: [] };
  for (const scope of scopesOf(controllers)) {
    const places = scope.type.namespaced ? namespaces : [undefined];
    const into = scope.metadataOnly === true ? found.metadataOnly : found.whole;
    for (const namespace of places) into.push(...(await readScope(client, scope, namespace, notes)));
  }
  return found;
}

async function readScope(
  client: KubeClient,
  { type, optional, labelSelector, fieldSelector, metadataOnly }: Scope,
  namespace: string | undefined,
  notes: Set<string>,
): Promise<KubeObject[]> {
  const selection: Selection = { namespace, labelSelector, fieldSelector, metadataOnly };
  try {
    const objects = await client.list(type, selection);
    // Items of a list come without these two.
    return objects.map((object) => ({ ...object, apiVersion: type.apiVersion, kind: type.kind }));
  } catch (error) {
    if (optional === true && isStatus(error, 404)) return [];
    // A RoleBinding gives rights in its namespace only, even of a ClusterRole that holds more.
    if (namespace === undefined && isStatus(error, 403)) {
      notes.add(
        `${type.plural} of the whole cluster may not be listed: the plan is made as if there were none`,
      );
      return [];
    }
    throw error;
  }
}

/** What the controllers would have informers for. */
function scopesOf(controllers: readonly AnyController[]): Scope[] {
  const scopes: Scope[] = controllers.flatMap(({ type, owns, watches = [] }) => [
    { type },
    ...owns.map((owned) => ({ type: owned, labelSelector: KIND_LABEL })),
    ...watches.map((watch) => ({
      type: watch.type,
      labelSelector: watch.labelSelector,
      fieldSelector: watch.fieldSelector,
      metadataOnly: watch.metadataOnly,
      optional: watch.optional,
    })),
  ]);
  return [...new Map(scopes.map((scope) => [scopeId(scope), scope])).values()];
}

function scopeId({ type, labelSelector = '', fieldSelector = '', metadataOnly }: Scope): string {
  return JSON.stringify([typeId(type), labelSelector, fieldSelector, metadataOnly]);
}
