import type { ObjectMeta } from '../runtime/kube.ts';

/**
 * Why a service cannot have its name: Kubernetes owns the child that it would make. Every pod without a ServiceAccount of its own runs
 * as `default`, and the Service `kubernetes` of the namespace `default` is the API server.
 */
export function reservedName({
  name,
  namespace,
}: Pick<ObjectMeta, 'name' | 'namespace'>): string | undefined {
  if (name === 'default') return 'the ServiceAccount default belongs to the namespace: choose another name';
  if (name === 'kubernetes' && namespace === 'default')
    return 'the Service kubernetes is the API server: choose another name';
  return undefined;
}
