import type { ResourceType } from '../../runtime/kube.ts';
import type { ScrapedPodObject, Workload } from './observed.ts';

export { configMaps, networkPolicies, serviceAccounts, services } from '../healthcareservice/kubernetes.ts';

export const pods: ResourceType<ScrapedPodObject> = {
  apiVersion: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
};

export const statefulSets: ResourceType<Workload> = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  namespaced: true,
};

export const deployments: ResourceType<Workload> = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};

function rbac(kind: string, plural: string): ResourceType {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, plural, namespaced: true };
}

export const roles = rbac('Role', 'roles');
export const roleBindings = rbac('RoleBinding', 'rolebindings');
