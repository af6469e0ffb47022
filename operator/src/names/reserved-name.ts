import type { ObjectMeta } from '../runtime/kube.ts';

/** Why a service cannot have its name: Kubernetes owns the ServiceAccount `default` and the Service `default/kubernetes`. */
export function reservedName({
  name,
  namespace,
}: Pick<ObjectMeta, 'name' | 'namespace'>): string | undefined {
  if (name === 'default') return 'the ServiceAccount default belongs to the namespace: choose another name';
  if (name === 'kubernetes' && namespace === 'default')
    return 'the Service kubernetes is the API server: choose another name';
  return undefined;
}
