import type { JudgedCondition } from '../../../runtime/controller.ts';
import type { Deployment } from '../../../k8s/types.ts';
import { MESSAGE_LIMIT, refusalOf } from '../rollout/revision-evidence.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { troubleOf } from '../../../k8s/pod-trouble.ts';

/** `Available`: whether as many pods answer as are wanted; if not, what holds them up. */
export function available({ deployment, isBegun, wanted, pods }: Rollout): JudgedCondition {
  if (!isBegun) return not('NotRolledOut', 'no pod runs yet: see the other conditions');
  if (wanted === 0) return yes('ScaledToZero', 'no pod is wanted');
  const answering = deployment?.status?.availableReplicas ?? 0;
  if (answering >= wanted) return yes('ReplicasAvailable', 'as many pods are available as are wanted');
  const trouble = troubleOf(pods);
  const count = `${String(answering)} of ${String(wanted)} pods are available`;
  if (trouble === undefined) return refused(deployment, count) ?? not('ReplicasPending', count);
  return not(trouble.reason, `${count}; ${trouble.message}`);
}

/** Where no pod can even be made: a quota, a missing priority class, PodSecurity. */
function refused(deployment: Deployment | undefined, count: string): JudgedCondition | undefined {
  const refusal = deployment === undefined ? undefined : refusalOf(deployment);
  return refusal === undefined
    ? undefined
    : not('PodsRefused', `${count}; ${refusal.slice(0, MESSAGE_LIMIT)}`);
}

function yes(reason: string, message: string): JudgedCondition {
  return { type: 'Available', status: 'True', reason, message };
}

function not(reason: string, message: string): JudgedCondition {
  return { type: 'Available', status: 'False', reason, message };
}
