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

type Watched = Pick<Settings, 'namespaces' | 'namespaceSelector'>;

/** Says of each planned namespace that the operator does not look at why it does not, as far as the user may know. */
export async function unwatched(
  client: KubeClient,
  settings: Watched,
  planned: readonly string[],
): Promise<string[]> {
  const said: string[] = [];
  for (const namespace of planned) {
    const why = await whyUnwatched(client, settings, namespace);
    if (why === 'unknown')
      said.push(
        `the labels of the namespace ${namespace} cannot be read: whether the operator looks at it is not known`,
      );
    else if (why !== undefined)
      said.push(`the operator makes nothing of what is in the namespace ${namespace}: it ${why}`);
  }
  return said;
}

/** Why the operator does not look at the namespace, as the rest of a sentence; `undefined` when it does. */
export async function whyUnwatched(
  client: KubeClient,
  { namespaces, namespaceSelector }: Watched,
  namespace: string,
): Promise<string | undefined> {
  if (namespaces.length > 0 && !namespaces.includes(namespace))
    return `looks at ${namespaces.join(', ')} only (--namespaces)`;
  if (namespaceSelector === '') return undefined;
  const labels = await labelsOf(client, namespace);
  if (labels === undefined) return 'unknown';
  if (matches(labelSelector(namespaceSelector), labels)) return undefined;
  return `looks at namespaces with ${namespaceSelector} only (--operator-deployment names that of another shard)`;
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
