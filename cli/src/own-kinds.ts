import { resourceType } from '@careplane/operator/api/kind';
import { kinds } from '@careplane/operator/api/kinds';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import type { CustomObject } from '@careplane/operator/runtime/kube';

/** All objects of Careplane's kinds, kind by kind, in a namespace or (without one) everywhere. */
export async function listOwn(
  client: KubeClient,
  namespace: string | undefined,
): Promise<CustomObject<unknown>[]> {
  const lists = await Promise.all(
    kinds.map(async (definition) => {
      const type = resourceType(definition);
      const objects = await client.list(type, { namespace });
      // Items of a list come without these two.
      return objects.map((object) => ({ ...object, apiVersion: type.apiVersion, kind: type.kind }));
    }),
  );
  return lists.flat();
}
