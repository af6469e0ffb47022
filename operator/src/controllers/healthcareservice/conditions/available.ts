import { podsRefused, podTroubles } from '../../../k8s/pod-trouble-reasons.ts';
import { troubleOf } from '../../../k8s/pod-trouble.ts';
import type { Pod } from '../../../k8s/types.ts';
import type { JudgedCondition } from '../../../runtime/controller.ts';
import { conditionType } from '../../../runtime/status/reasons.ts';
import { MESSAGE_LIMIT } from '../rollout/fault.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { podsOf, refusalOf } from '../rollout/running.ts';

const SERVICE_DOWN = 'docs/operations/runbooks/CareplaneServiceDown.md';

export const Available = conditionType({
  type: 'Available',
  kinds: ['HealthcareService'],
  meaning: 'Whether as many pods answer as are wanted.',
  reasons: {
    ReplicasAvailable: { status: 'True', meaning: 'As many pods are available as are wanted.' },
    ScaledToZero: { status: 'True', meaning: 'No pod is wanted.' },
    NotRolledOut: {
      needsPerson: false,
      meaning: 'No pod is made yet: one of the conditions before this one says why.',
    },
    ReplicasPending: {
      needsPerson: false,
      meaning:
        'Pods are being started, or they run and do not answer `/readyz` with 200 yet: a store, the broker or keys that they need may be away.',
    },
    ...podsRefused(SERVICE_DOWN),
    ...podTroubles(SERVICE_DOWN),
  },
});

export function available({ deployment, isBegun, wanted, pods, decision }: Rollout): JudgedCondition {
  if (!isBegun) return Available.because('NotRolledOut', 'no pod runs yet: see the other conditions');
  if (wanted === 0) return Available.because('ScaledToZero', 'no pod is wanted');
  const answering = deployment?.status?.availableReplicas ?? 0;
  if (answering >= wanted)
    return Available.because('ReplicasAvailable', 'as many pods are available as are wanted');
  const serving = servingPods(pods, decision.serve);
  return missing(`${answering} of ${wanted} pods are available`, { deployment, pods: serving });
}

/** What is wrong with pods that are there, and why others are not. */
function missing(count: string, { deployment, pods }: Pick<Rollout, 'deployment' | 'pods'>): JudgedCondition {
  const trouble = troubleOf(pods);
  const refusal = refusalOf(deployment)?.slice(0, MESSAGE_LIMIT);
  const parts = [count, trouble?.message, refusal].filter((part) => part !== undefined);
  const refused = refusal === undefined ? 'ReplicasPending' : 'PodsRefused';
  return Available.because(trouble?.reason ?? refused, parts.join('; '));
}

/** Broken pods of an earlier revision are about to go: they tell nothing once there are others. */
function servingPods(pods: readonly Pod[], revision: string): readonly Pod[] {
  const serving = podsOf(pods, revision);
  return serving.length > 0 ? serving : pods;
}
