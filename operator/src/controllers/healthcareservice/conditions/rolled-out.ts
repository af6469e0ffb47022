import type { JudgedCondition } from '../../../runtime/controller.ts';
import { imageVersion } from '../workload/image-version.ts';
import type { Revision } from '../rollout/revision.ts';
import { deadlineExceeded, ownPods } from '../rollout/revision-evidence.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { troubleOf } from '../../../k8s/pod-trouble.ts';

/** `RolledOut`: whether all pods run what the spec says. */
export function rolledOut(rollout: Rollout, deadline: string): JudgedCondition {
  if (!rollout.isBegun) return not('Held', 'held back: see the other conditions');
  if (rollout.unknownPin !== undefined) return unknownRevision(rollout, rollout.unknownPin);
  const { state } = rollout.decision;
  if (state === 'Pinned') return pinned(rollout);
  if (state === 'RolledBack') return rolledBack(rollout);
  if (state === 'Held')
    return not(
      'Held',
      `${named(rollout.serving)} goes on until what the new one needs is there: see BindingsReady`,
    );
  return underway(rollout, deadline);
}

function underway(rollout: Rollout, deadline: string): JudgedCondition {
  const { fault, deployment, isComplete } = rollout;
  if (fault !== undefined)
    return not(
      fault.reason,
      `${fault.message}; automatic rollback is off, or there is no revision that was Ready to go back to`,
    );
  if (isComplete) return yes('Complete', 'all pods run what the spec says');
  if (deployment === undefined || !deadlineExceeded(deployment))
    return not('InProgress', 'pods are being replaced or started');
  const why = troubleOf(ownPods({ pods: rollout.pods, revision: rollout.target }))?.message;
  return not(
    'ProgressDeadlineExceeded',
    `the newest version made no progress for ${deadline}, pods of the former one go on serving; ${why ?? "see the pods' events"}`,
  );
}

function pinned({ target, serving, isComplete, decision }: Rollout): JudgedCondition {
  const hold = `the annotation careplane.dev/rollback-to holds ${named(serving)}`;
  if (decision.serve === target && isComplete) return yes('Pinned', `${hold}, which is what the spec says`);
  if (decision.serve === target) return not('Pinned', `${hold}; pods are being replaced or started`);
  return not('Pinned', `${hold}, the spec asks for ${target}: remove the annotation to go forward`);
}

function rolledBack({ target, former, decision, isPaused }: Rollout): JudgedCondition {
  const failed = decision.record.failed;
  const back = former === undefined ? 'the last one that was Ready' : named(former);
  const what = `revision ${target} failed (${failed?.reason ?? 'unknown'}: ${failed?.message ?? ''})`;
  const todo = 'change the spec, or set the annotation careplane.dev/retry to a new value to try it again';
  const serves = isPaused ? 'would serve' : 'serves';
  return not(
    'RolledBack',
    `${what}; ${back} ${serves} instead${isPaused ? ', were the service not paused' : ''}: ${todo}`,
  );
}

function unknownRevision(rollout: Rollout, pin: string): JudgedCondition {
  const { history, decision } = rollout;
  const known = [...history.values()]
    .sort((a, b) => b.number - a.number)
    .map(({ revision }) => named(revision));
  const otherwise = decision.state === 'RolledBack' ? `. Otherwise: ${rolledBack(rollout).message}` : '';
  return not(
    'UnknownRevision',
    `the annotation careplane.dev/rollback-to names ${JSON.stringify(pin.slice(0, 63))}, which is no revision of this service; there are: ${known.join(', ')}${otherwise}`,
  );
}

/** As `3f1c09aa21 (0.2.0)`. */
function named({ hash, template }: Revision): string {
  const version = imageVersion(template.spec.containers[0]?.image ?? '');
  return version === '' ? hash : `${hash} (${version})`;
}

function yes(reason: string, message: string): JudgedCondition {
  return { type: 'RolledOut', status: 'True', reason, message };
}

function not(reason: string, message: string): JudgedCondition {
  return { type: 'RolledOut', status: 'False', reason, message };
}
