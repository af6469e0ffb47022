import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { GROUP } from '../../../api/group.ts';
import { imagePullSecrets } from '../../../k8s/image-pull-secrets.ts';
import { podSecurity } from '../../../k8s/pod-security.ts';
import { schedulingOf } from '../../../k8s/scheduling.ts';
import { bindings } from '../bindings/bindings.ts';
import { container } from './container.ts';
import type { Edges } from '../network/edges.ts';
import type { PodTemplate } from '../../../k8s/types.ts';
import { podLabels, podSelector } from '../labels.ts';
import { shutdownOf } from './shutdown.ts';

export interface PodChoices {
  imagePullPolicy: string;
  /** What comes before the role in the names of the cluster's priority classes; empty: pods get no class. */
  priorityClassPrefix: string;
  /** Secrets with which the images of all services are pulled. */
  imagePullSecrets?: readonly string[];
  /** Of the contents of `spec.secrets`, where the service has any. */
  secretsFingerprint: string | undefined;
}

/** The `nonroot` user of the images. */
const USER = 65532;

/** Annotation of the pods that changes with the contents of the Secrets that they read, and so rolls them. */
export const SECRETS_ANNOTATION = `${GROUP}/secrets-fingerprint`;

/** The pods of a service. Whatever differs here is another revision, and rolls the pods. */
export function podTemplate(service: HealthcareService, edges: Edges, choices: PodChoices): PodTemplate {
  const { metadata, spec } = service;
  const { imagePullPolicy, priorityClassPrefix, secretsFingerprint } = choices;
  const list = bindings(service, edges);
  const annotations =
    secretsFingerprint === undefined ? {} : { annotations: { [SECRETS_ANNOTATION]: secretsFingerprint } };
  return {
    metadata: { labels: podLabels(service), ...annotations },
    spec: {
      ...(priorityClassPrefix === '' ? {} : { priorityClassName: `${priorityClassPrefix}${spec.role}` }),
      ...imagePullSecrets(choices.imagePullSecrets ?? [], spec.imagePullSecrets),
      serviceAccountName: metadata.name,
      automountServiceAccountToken: false,
      // Without this every Service of the namespace would show up in the environment.
      enableServiceLinks: false,
      terminationGracePeriodSeconds: shutdownOf(spec).grace,
      securityContext: podSecurity(USER),
      // Each version is spread by itself, or the pods that leave would decide where the new ones go.
      ...schedulingOf(spec, podSelector(metadata.name), { matchLabelKeys: ['pod-template-hash'] }),
      containers: [container(service, edges, list, imagePullPolicy)],
      volumes: [{ name: 'tmp', emptyDir: {} }, ...list.map(({ volume }) => volume)],
    },
  };
}
