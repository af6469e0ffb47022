import { podsRefused, podTroubles } from '../../../k8s/pod-trouble-reasons.ts';
import { troubleOf } from '../../../k8s/pod-trouble.ts';
import type { JudgedCondition } from '../../../runtime/controller.ts';
import { conditionType } from '../../../runtime/status/reasons.ts';
import { MESSAGE_LIMIT } from '../rollout/fault.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { refusalOf } from '../rollout/running.ts';

const SERVICE_DOWN = 'docs/operations/runbooks/CareplaneServiceDown.md';

export const Available = conditionType({
  type: 'Available',
  kinds: ['HealthcareService'],
  meaning: 'Whether as many pods answer as are wanted.',
  reasons: {
    ReplicasAvailable: { status: 'True', meaning: 'As many pods are available as are wanted.' },
    ScaledToZero: { status: 'True', meaning: 'No pod is wanted.' },
    NotRolledOut: {
      meaning: 'No pod is made yet: one of the conditions before this one says why.',
    },
    ReplicasPending: {
      meaning:
        'Pods are being started, or they run and do not answer `/readyz` with 200 yet: a store, the broker or keys that they need may be away.',
    },
    ...podsRefused(SERVICE_DOWN),
    ...podTroubles(SERVICE_DOWN),
  },
});

export function available({ deployment, isBegun, wanted, pods }: Rollout): JudgedCondition {
  if (!isBegun) return Available.because('NotRolledOut', 'no pod runs yet: see the other conditions');
  if (wanted === 0) return Available.because('ScaledToZero', 'no pod is wanted');
  const answering = deployment?.status?.availableReplicas ?? 0;
  if (answering >= wanted)
    return Available.because('ReplicasAvailable', 'as many pods are available as are wanted');
  const count = `${answering} of ${wanted} pods are available`;
  const trouble = troubleOf(pods);
  if (trouble !== undefined) return Available.because(trouble.reason, `${count}; ${trouble.message}`);
  const refusal = deployment === undefined ? undefined : refusalOf(deployment);
  return refusal === undefined
    ? Available.because('ReplicasPending', count)
    : Available.because('PodsRefused', `${count}; ${refusal.slice(0, MESSAGE_LIMIT)}`);
}
