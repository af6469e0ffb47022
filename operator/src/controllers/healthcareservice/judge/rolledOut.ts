import type { JudgedCondition } from '../../../runtime/controller.ts';
import type { Deployment } from '../kubernetes.ts';
import type { Rollout } from '../rollout.ts';
import { troubleOf } from './podTrouble.ts';

/** `RolledOut`: whether all pods run what the spec says. */
export function rolledOut(rollout: Rollout, deadline: string): JudgedCondition {
  const { deployment } = rollout;
  if (deployment === undefined) return not('Held', 'held back: see the other conditions');
  if (rollout.isComplete) {
    return {
      type: 'RolledOut',
      status: 'True',
      reason: 'Complete',
      message: 'all pods run what the spec says',
    };
  }
  if (!deadlineExceeded(deployment)) return not('InProgress', 'pods are being replaced or started');
  const trouble = troubleOf(rollout.pods);
  const why = trouble === undefined ? "see the pods' events" : trouble.message;
  return not(
    'ProgressDeadlineExceeded',
    `the newest version made no progress for ${deadline}, pods of the former one go on serving; ${why}`,
  );
}

function deadlineExceeded({ status }: Deployment): boolean {
  return (status?.conditions ?? []).some(
    ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
  );
}

function not(reason: string, message: string): JudgedCondition {
  return { type: 'RolledOut', status: 'False', reason, message };
}
