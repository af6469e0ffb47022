import type { AnyObject, KubeObject, ResourceType } from '../runtime/kube.ts';

/** Kinds of Kubernetes that stores, brokers and stacks are made of or judged by; the rest is in healthcareservice/kubernetes.ts. */

export interface StatefulSet extends KubeObject {
  spec?: { replicas?: number };
  status?: { readyReplicas?: number };
}

export interface StorageClass extends KubeObject {
  provisioner?: string;
  parameters?: Record<string, string>;
}

export const statefulSets: ResourceType<StatefulSet> = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  namespaced: true,
};

export const storageClasses: ResourceType<StorageClass> = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  namespaced: false,
};

function rbac(kind: string, plural: string): ResourceType<AnyObject> {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, plural, namespaced: true };
}

export const roles = rbac('Role', 'roles');
export const roleBindings = rbac('RoleBinding', 'rolebindings');
