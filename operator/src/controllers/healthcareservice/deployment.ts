import { digest } from '../../runtime/digest.ts';
import { milliseconds } from '../../api/duration.ts';
import { GROUP } from '../../api/group.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { bindings } from './bindings.ts';
import { container } from './container.ts';
import type { Edges } from './edges.ts';
import type { Child, Deployment } from './kubernetes.ts';
import { podLabels, podSelector } from './labels.ts';

/** Longer than the kit's drain: 5 s for endpoints to propagate, then requests and messages in hand (seconds). */
const GRACE_PERIOD = 45;

/** The `nonroot` user of the images. */
const USER = 65532;

/** Annotation with the digest of the pod template: tells which revision a cached Deployment belongs to. */
const REVISION = `${GROUP}/revision`;

export interface DeploymentChoices {
  replicas: number;
  imagePullPolicy: string;
}

/** The Deployment of a service: a new version is up and ready before an old pod goes. */
export function deployment(service: HealthcareService, edges: Edges, choices: DeploymentChoices): Child {
  const { metadata, spec } = service;
  const template = {
    metadata: { labels: podLabels(metadata.name) },
    spec: podSpec(service, edges, choices.imagePullPolicy),
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: metadata.name, annotations: { [REVISION]: digest(template) } },
    spec: {
      replicas: choices.replicas,
      progressDeadlineSeconds: milliseconds(spec.rollout.deadline) / 1000,
      selector: { matchLabels: podSelector(metadata.name) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template,
    },
  };
}

/** Whether what was seen of a Deployment belongs to the pod template that is wanted now. */
export function isOfRevision(seen: Deployment, wanted: Child): boolean {
  return seen.metadata.annotations?.[REVISION] === wanted.metadata.annotations?.[REVISION];
}

function podSpec(service: HealthcareService, edges: Edges, imagePullPolicy: string): Record<string, unknown> {
  const { name } = service.metadata;
  const list = bindings(service, edges);
  return {
    serviceAccountName: name,
    automountServiceAccountToken: false,
    // Without this every Service of the namespace would show up in the environment.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: GRACE_PERIOD,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(
      (topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: podSelector(name) },
        // Each version is spread by itself, or the pods that leave would decide where the new ones go.
        matchLabelKeys: ['pod-template-hash'],
      }),
    ),
    containers: [container(service, edges, list, imagePullPolicy)],
    volumes: [{ name: 'tmp', emptyDir: {} }, ...list.map(({ volume }) => volume)],
  };
}
