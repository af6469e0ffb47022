import { canonicalQuantity } from '../api/quantity.ts';
import type { Scheduling } from '../api/scheduling.ts';
import { recommendedLabels } from './labels.ts';
import { imagePullSecrets } from './image-pull-secrets.ts';
import { digestAnnotation } from './members-current.ts';
import type { Child } from './types.ts';
import { ENGINE_USER, podSecurity } from './pod-security.ts';
import { schedulingOf } from './scheduling.ts';

type Part = Record<string, unknown>;

export interface StatefulWorkload {
  name: string;
  /** Headless Service that gives the pods their names. */
  serviceName: string;
  replicas: number;
  /** Selects the pods; immutable, so it never grows. */
  selector: Record<string, string>;
  /** More labels of the pods. */
  labels?: Record<string, string>;
  /** Values that roll the pods when they change: hashes of what they read only at their start. */
  hashes: Record<string, string>;
  /** What comes before the role in the names of the cluster's priority classes; empty: the pods get no class. */
  priorityClassPrefix: string;
  /** Secrets with which the images of all engines are pulled. */
  imagePullSecrets: readonly string[];
  gracePeriodSeconds: number;
  /** `Operator`: pods stay as they are until the operator deletes them, which knows whose turn it is. */
  restartedBy?: 'Operator';
  initContainers: Part[];
  containers: Part[];
  volumes: Part[];
  storage: { class?: string; size: string };
  scheduling: Scheduling;
  /** `Delete` gives the volumes to the StatefulSet, so that they go with it. */
  deletionPolicy: 'Retain' | 'Delete';
}

/** Name of the volume that each pod keeps. */
export const DATA_VOLUME = 'data';

/** Annotation of the pods with one of {@link StatefulWorkload.hashes}. */
export function hashAnnotation(what: string): string {
  return `careplane.dev/${what}-hash`;
}

/** A StatefulSet under PodSecurity `restricted` with one volume for each pod. */
export function statefulSet(workload: StatefulWorkload): Child {
  const { name, selector, hashes, storage, deletionPolicy } = workload;
  const annotations = Object.fromEntries(
    Object.entries(hashes).map(([what, hash]) => [hashAnnotation(what), hash]),
  );
  const spec = {
    serviceName: workload.serviceName,
    replicas: workload.replicas,
    // Members need each other to get ready: one after the other would wait for ever.
    podManagementPolicy: 'Parallel',
    selector: { matchLabels: selector },
    updateStrategy: { type: workload.restartedBy === 'Operator' ? 'OnDelete' : 'RollingUpdate' },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: deletionPolicy, whenScaled: 'Retain' },
    template: {
      metadata: { labels: { ...workload.labels, ...selector, ...recommendedLabels(name) }, annotations },
      spec: podSpec(workload),
    },
    volumeClaimTemplates: [dataClaim(storage)],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, annotations: digestAnnotation(spec) },
    spec,
  };
}

/** The claim of the volume that each pod keeps. */
export function dataClaim(storage: StatefulWorkload['storage']): Part {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: DATA_VOLUME },
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(storage.class === undefined ? {} : { storageClassName: storage.class }),
      resources: { requests: { storage: canonicalQuantity(storage.size) } },
    },
  };
}

function podSpec(workload: StatefulWorkload): Part {
  const { selector, priorityClassPrefix } = workload;
  return {
    ...(priorityClassPrefix === '' ? {} : { priorityClassName: `${priorityClassPrefix}store` }),
    ...imagePullSecrets(workload.imagePullSecrets, workload.scheduling.imagePullSecrets),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: workload.gracePeriodSeconds,
    securityContext: podSecurity(ENGINE_USER),
    ...schedulingOf(workload.scheduling, selector),
    initContainers: workload.initContainers,
    containers: workload.containers,
    volumes: workload.volumes,
  };
}
