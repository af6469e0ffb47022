import { milliseconds } from '../../../api/duration.ts';
import { LABEL } from '../../../api/group.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { Child, Deployment } from '../../../k8s/types.ts';
import { podSelector } from '../labels.ts';
import type { PodTemplate } from '../../../k8s/types.ts';

/** The Deployment of a service with the pods of one revision: a new one is up and ready before an old pod goes. */
export function deployment(
  { metadata, spec }: HealthcareService,
  template: PodTemplate,
  replicas: number,
): Child {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: metadata.name },
    spec: {
      replicas,
      progressDeadlineSeconds: milliseconds(spec.rollout.deadline) / 1000,
      // The history is kept as ControllerRevisions; of the ReplicaSets only those are of use to which a rollback may go.
      revisionHistoryLimit: 3,
      selector: { matchLabels: podSelector(metadata.name) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template,
    },
  };
}

/** The revision that a Deployment has; `undefined` when there is none, or it was made before there were revisions. */
export function currentRevision(seen: Deployment | undefined): string | undefined {
  return seen?.spec?.template?.metadata.labels?.[LABEL.revision];
}
