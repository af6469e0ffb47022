import type { AnyObject, KubeObject, ObjectMeta, ResourceType } from '../../runtime/kube.ts';
import type { PodTemplate } from './podTemplate.ts';

/** Kinds of Kubernetes that a service is made of or judged by, with the few fields that are read. */

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

interface Terminated {
  exitCode: number;
  reason?: string;
  /** What the container wrote last: its termination message, or the end of its log. */
  message?: string;
}

export interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string }; terminated?: Terminated };
  lastState?: { terminated?: Terminated };
}

export interface Pod extends KubeObject {
  spec?: {
    containers?: { name: string; image?: string; resources?: { requests?: Record<string, string> } }[];
  };
  status?: {
    phase?: string;
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
  data?: Record<string, string>;
}

export interface HorizontalPodAutoscaler extends KubeObject {
  spec?: { scaleTargetRef?: { kind?: string; name?: string } };
}

/** An object that the plan wants; the machinery completes namespace, labels and owner. */
export type Child = AnyObject & { metadata: ObjectMeta };

function core<T extends KubeObject>(kind: string, plural: string): ResourceType<T> {
  return { apiVersion: 'v1', kind, plural, namespaced: true };
}

export const deployments: ResourceType<Deployment> = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
export const controllerRevisions: ResourceType<ControllerRevision> = {
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  namespaced: true,
};
export const services = core('Service', 'services');
export const serviceAccounts = core('ServiceAccount', 'serviceaccounts');
export const configMaps = core('ConfigMap', 'configmaps');
export const secrets = core<Secret>('Secret', 'secrets');
export const pods = core<Pod>('Pod', 'pods');
export const podDisruptionBudgets: ResourceType = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  namespaced: true,
};
export const networkPolicies: ResourceType = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  namespaced: true,
};
export const horizontalPodAutoscalers: ResourceType<HorizontalPodAutoscaler> = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  namespaced: true,
};
