import type { Settings } from '@careplane/operator/config';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import { isStatus } from '@careplane/operator/runtime/errors';
import type { ResourceType } from '@careplane/operator/runtime/kube';
import { labelSelector, type LabelSelector } from '@careplane/operator/webhooks/registration/label-selector';

const namespaceType: ResourceType = {
  apiVersion: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};

/** Says of each planned namespace that the operator does not look at why it does not, as far as the user may know. */
export async function unwatched(
  client: KubeClient,
  { namespaces, namespaceSelector }: Pick<Settings, 'namespaces' | 'namespaceSelector'>,
  planned: readonly string[],
): Promise<string[]> {
  const said = planned
    .filter((namespace) => namespaces.length > 0 && !namespaces.includes(namespace))
    .map((namespace) => nothing(namespace, `looks at ${namespaces.join(', ')} only (--namespaces)`));
  if (namespaceSelector === '') return said;
  for (const namespace of planned) {
    const labels = await labelsOf(client, namespace);
    if (labels === undefined)
      said.push(
        `the labels of the namespace ${namespace} cannot be read: whether the operator looks at it is not known`,
      );
    else if (!matches(labelSelector(namespaceSelector), labels))
      said.push(
        nothing(
          namespace,
          `looks at namespaces with ${namespaceSelector} only (--operator-deployment names that of another shard)`,
        ),
      );
  }
  return said;
}

function nothing(namespace: string, why: string): string {
  return `the operator makes nothing of what is in the namespace ${namespace}: it ${why}`;
}

/** `undefined` for a namespace that is not there or may not be read. */
async function labelsOf(client: KubeClient, name: string): Promise<Record<string, string> | undefined> {
  try {
    const namespace = await client.get(namespaceType, { name });
    return namespace === undefined ? undefined : (namespace.metadata.labels ?? {});
  } catch (error) {
    if (isStatus(error, 403)) return undefined;
    throw error;
  }
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
export function matches(
  { matchExpressions = [] }: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labels[key];
    const isIn = value !== undefined && values.includes(value);
    if (operator === 'In') return isIn;
    if (operator === 'NotIn') return !isIn;
    return (operator === 'Exists') === (value !== undefined);
  });
}
