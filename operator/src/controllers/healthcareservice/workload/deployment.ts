import { milliseconds } from '../../../api/duration.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { Child, PodTemplate } from '../../../k8s/types.ts';
import { podSelector } from '../labels.ts';

/** The Deployment of a service with the pods of one revision. Without `replicas` their number is left to whoever wrote it. */
export function deployment(
  { metadata, spec }: HealthcareService,
  template: PodTemplate,
  replicas: number | undefined,
): Child {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: metadata.name },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      progressDeadlineSeconds: milliseconds(spec.rollout.deadline) / 1000,
      // ControllerRevisions keep the history; only the ReplicaSets to which a rollback may go are of use.
      revisionHistoryLimit: 3,
      selector: { matchLabels: podSelector(metadata.name) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template,
    },
  };
}
