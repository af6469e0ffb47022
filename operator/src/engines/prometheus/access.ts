import type { ObservabilityStack } from '../../api/observabilitystack.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import { partName } from './names.ts';

/** Prometheus may see the pods of its own namespace, and nothing else. */
export function prometheusAccess(stack: ObservabilityStack): AnyObject[] {
  const name = partName(stack, 'prometheus');
  const rbac = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name }, automountServiceAccountToken: false },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: stack.metadata.namespace }],
    },
  ];
}
