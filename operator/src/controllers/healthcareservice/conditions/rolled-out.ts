import { troubleOf } from '../../../k8s/pod-trouble.ts';
import type { JudgedCondition } from '../../../runtime/controller.ts';
import { conditionType } from '../../../runtime/status/reasons.ts';
import { MESSAGE_LIMIT } from '../rollout/fault.ts';
import type { Revision } from '../rollout/revision.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { deadlineExceeded, podsOf, refusalOf } from '../rollout/running.ts';
import { imageVersion } from '../workload/image-version.ts';

const ROLLOUTS = 'docs/concepts/rollouts.md';
const SERVICE_DOWN = 'docs/operations/runbooks/CareplaneServiceDown.md';

export const RolledOut = conditionType({
  type: 'RolledOut',
  kinds: ['HealthcareService'],
  meaning: 'Whether all pods run what the spec says.',
  reasons: {
    Complete: { status: 'True', meaning: 'All pods run what the spec says.' },
    Held: {
      meaning:
        'The new revision waits for what it needs; pods of the former one, if any, go on. See the other conditions.',
    },
    InProgress: { meaning: 'Pods are being replaced or started.' },
    PodsRefused: {
      alarming: true,
      meaning:
        'The API server refuses the pods of the new revision: a quota, a LimitRange, PodSecurity or a webhook; the message has its words. Pods of the former one, if any, go on serving.',
      remedy: 'Raise the quota, or mend what the message names; the Deployment tries again by itself.',
      page: SERVICE_DOWN,
    },
    ProgressDeadlineExceeded: {
      alarming: true,
      meaning:
        'The new revision made no progress within `spec.rollout.deadline`. Pods of the former one go on serving.',
      remedy:
        'The message says what holds the pods up. Mend it, or go back: `careplane.dev/rollback-to` names a revision.',
      page: SERVICE_DOWN,
    },
    CrashLooping: {
      alarming: true,
      meaning: 'The new revision crashes, and there is nothing to go back to, or automatic rollback is off.',
      remedy: 'Read its last errors with `careplane logs <service> --level error`; mend the spec.',
      page: SERVICE_DOWN,
    },
    BurnsSlo: {
      alarming: true,
      meaning:
        'The new revision fails its users: it burns the error budget of `spec.slo`, and automatic rollback is off or has nothing to go back to.',
      remedy: 'Go back to the former image, or set the annotation `careplane.dev/rollback-to`.',
      page: 'docs/operations/runbooks/CareplaneAvailabilityFastBurn.md',
    },
    RolledBack: {
      alarming: true,
      meaning:
        'The new revision failed (the message says how), and the last one that was Ready serves instead. The spec is as it was written.',
      remedy:
        'Change the spec, or set the annotation `careplane.dev/retry` to a new value to try the same again.',
      page: ROLLOUTS,
    },
    Pinned: {
      meaning:
        'The annotation `careplane.dev/rollback-to` holds a revision. (True when that is what the spec says.)',
      remedy: 'Remove the annotation to go forward.',
      page: ROLLOUTS,
    },
    UnknownRevision: {
      alarming: true,
      meaning:
        'The annotation `careplane.dev/rollback-to` names no revision of this service; the message lists those that there are.',
      remedy: 'Correct or remove the annotation.',
      page: ROLLOUTS,
    },
  },
});

export function rolledOut(rollout: Rollout, deadline: string): JudgedCondition {
  if (!rollout.isBegun) return RolledOut.because('Held', 'held back: see the other conditions');
  if (rollout.unknownPin !== undefined) return unknownRevision(rollout, rollout.unknownPin);
  const { state } = rollout.decision;
  if (state === 'Pinned') return pinned(rollout);
  if (state === 'RolledBack') return rolledBack(rollout);
  if (state === 'Held')
    return RolledOut.because(
      'Held',
      `${named(rollout.serving)} goes on until what the new one needs is there: see BindingsReady and DataProtected`,
    );
  return underway(rollout, deadline);
}

function underway(rollout: Rollout, deadline: string): JudgedCondition {
  const { fault, deployment, isComplete } = rollout;
  if (fault !== undefined)
    return RolledOut.because(
      fault.reason,
      `${fault.message}; automatic rollback is off, or there is no revision that was Ready to go back to`,
    );
  if (isComplete) return RolledOut.because('Complete', 'all pods run what the spec says');
  const refusal = refusalOf(deployment)?.slice(0, MESSAGE_LIMIT);
  if (deployment === undefined || !deadlineExceeded(deployment)) return inProgress(refusal);
  const why = troubleOf(podsOf(rollout.pods, rollout.target))?.message ?? refusal;
  return RolledOut.because(
    'ProgressDeadlineExceeded',
    `the newest version made no progress for ${deadline}, pods of the former one go on serving; ${why ?? "see the pods' events"}`,
  );
}

function inProgress(refusal: string | undefined): JudgedCondition {
  return refusal === undefined
    ? RolledOut.because('InProgress', 'pods are being replaced or started')
    : RolledOut.because('PodsRefused', `new pods are refused, those of the former version go on; ${refusal}`);
}

function pinned({ target, serving, isComplete, decision }: Rollout): JudgedCondition {
  const hold = `the annotation careplane.dev/rollback-to holds ${named(serving)}`;
  if (decision.serve !== target)
    return RolledOut.because(
      'Pinned',
      `${hold}, the spec asks for ${target}: remove the annotation to go forward`,
    );
  if (!isComplete) return RolledOut.because('Pinned', `${hold}; pods are being replaced or started`);
  return { ...RolledOut.because('Pinned', `${hold}, which is what the spec says`), status: 'True' };
}

function rolledBack({ target, former, decision, isPaused }: Rollout): JudgedCondition {
  const failed = decision.record.failed;
  const back = former === undefined ? 'the last one that was Ready' : named(former);
  const what = `revision ${target} failed (${failed?.reason ?? 'unknown'}: ${failed?.message ?? ''})`;
  const todo = 'change the spec, or set the annotation careplane.dev/retry to a new value to try it again';
  const serves = isPaused ? 'would serve instead, were the service not paused' : 'serves instead';
  return RolledOut.because('RolledBack', `${what}; ${back} ${serves}: ${todo}`);
}

function unknownRevision(rollout: Rollout, pin: string): JudgedCondition {
  const { history, decision } = rollout;
  const known = [...history.values()]
    .sort((a, b) => b.number - a.number)
    .map(({ revision }) => named(revision));
  const otherwise = decision.state === 'RolledBack' ? `. Otherwise: ${rolledBack(rollout).message}` : '';
  return RolledOut.because(
    'UnknownRevision',
    `the annotation careplane.dev/rollback-to names ${JSON.stringify(pin.slice(0, 63))}, which is no revision of this service; there are: ${known.join(', ')}${otherwise}`,
  );
}

/** As `3f1c09aa21 (0.2.0)`. */
function named({ hash, template }: Revision): string {
  const version = imageVersion(template.spec.containers[0]?.image ?? '');
  return version === '' ? hash : `${hash} (${version})`;
}
