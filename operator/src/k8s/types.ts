import type { AnyObject, KubeObject, ObjectMeta, ResourceType } from '../runtime/kube.ts';

/** Types of Kubernetes objects, with the few fields that the operator reads, and how the API server names them. */

export interface DeploymentCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export interface Deployment extends KubeObject {
  spec?: { replicas?: number; template?: PodTemplate };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    conditions?: DeploymentCondition[];
  };
}

/** One variable of a container's environment. */
export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { fieldRef: { fieldPath: string } };
}

/** What is read of a container in a template; the rest travels with it. */
export interface TemplateContainer extends Record<string, unknown> {
  image?: string;
  env?: EnvVar[];
  resources?: { requests?: Record<string, string> };
  ports?: { name: string; containerPort: number; protocol: string }[];
}

/** A Deployment's `spec.template`. */
export interface PodTemplate {
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: Record<string, unknown> & { containers: TemplateContainer[]; volumes?: { name: string }[] };
}

interface Terminated {
  exitCode: number;
  reason?: string;
  /** What the container wrote last: its termination message, or the end of its log. */
  message?: string;
}

export interface ContainerStatus {
  name: string;
  ready?: boolean;
  /** It has passed its startup probe. */
  started?: boolean;
  restartCount?: number;
  state?: {
    waiting?: { reason?: string; message?: string };
    running?: { startedAt?: string };
    terminated?: Terminated;
  };
  lastState?: { terminated?: Terminated };
}

export interface Pod extends KubeObject {
  spec?: {
    containers?: {
      name: string;
      image?: string;
      env?: EnvVar[];
      ports?: { name?: string; containerPort: number }[];
      resources?: { requests?: Record<string, string> };
    }[];
    volumes?: { name: string; projected?: { sources?: { secret?: { name?: string } }[] } }[];
  };
  status?: {
    phase?: string;
    podIP?: string;
    conditions?: DeploymentCondition[];
    containerStatuses?: ContainerStatus[];
  };
}

/** History of a workload's content, as the API server keeps it for StatefulSets. */
export interface ControllerRevision extends KubeObject {
  revision: number;
  data?: Record<string, unknown>;
}

export interface Secret extends KubeObject {
  type?: string;
  data?: Record<string, string>;
}

export interface HorizontalPodAutoscaler extends KubeObject {
  spec?: { scaleTargetRef?: { kind?: string; name?: string } };
}

/** An object that the plan wants; the machinery completes namespace, labels and owner. */
export type Child = AnyObject & { metadata: ObjectMeta };

function namespaced<T extends KubeObject>(apiVersion: string, kind: string, plural: string): ResourceType<T> {
  return { apiVersion, kind, plural, namespaced: true };
}

export const deployments = namespaced<Deployment>('apps/v1', 'Deployment', 'deployments');
export const controllerRevisions = namespaced<ControllerRevision>(
  'apps/v1',
  'ControllerRevision',
  'controllerrevisions',
);
export const services = namespaced('v1', 'Service', 'services');
export const serviceAccounts = namespaced('v1', 'ServiceAccount', 'serviceaccounts');
export const configMaps = namespaced('v1', 'ConfigMap', 'configmaps');
export const secrets = namespaced<Secret>('v1', 'Secret', 'secrets');
export const pods = namespaced<Pod>('v1', 'Pod', 'pods');
export const podDisruptionBudgets = namespaced('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets');
export const networkPolicies = namespaced('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies');
export const horizontalPodAutoscalers = namespaced<HorizontalPodAutoscaler>(
  'autoscaling/v2',
  'HorizontalPodAutoscaler',
  'horizontalpodautoscalers',
);

export interface StatefulSet extends KubeObject {
  spec?: {
    replicas?: number;
    updateStrategy?: { type?: string };
    template?: {
      metadata?: { annotations?: Record<string, string> };
      spec?: { containers?: { name: string; image?: string }[] };
    };
  };
  status?: {
    observedGeneration?: number;
    readyReplicas?: number;
    updatedReplicas?: number;
    /** Label `controller-revision-hash` of pods that are made now. */
    updateRevision?: string;
  };
}

export interface StorageClass extends KubeObject {
  provisioner?: string;
  parameters?: Record<string, string>;
}

export interface PersistentVolumeClaim extends KubeObject {
  spec?: { storageClassName?: string };
  status?: { phase?: string };
}

export const persistentVolumeClaims = namespaced<PersistentVolumeClaim>(
  'v1',
  'PersistentVolumeClaim',
  'persistentvolumeclaims',
);
export const statefulSets = namespaced<StatefulSet>('apps/v1', 'StatefulSet', 'statefulsets');

export const storageClasses: ResourceType<StorageClass> = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  namespaced: false,
};

const RBAC = 'rbac.authorization.k8s.io/v1';
export const roles = namespaced<AnyObject>(RBAC, 'Role', 'roles');
export const roleBindings = namespaced<AnyObject>(RBAC, 'RoleBinding', 'rolebindings');
