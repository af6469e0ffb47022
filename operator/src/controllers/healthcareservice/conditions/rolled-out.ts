import { podTroubles, type PodTroubleReason } from '../../../k8s/pod-trouble-reasons.ts';
import { troubleOf } from '../../../k8s/pod-trouble.ts';
import type { JudgedCondition } from '../../../runtime/controller.ts';
import { AT_ONCE, conditionType, WHEN_RETRIED, WHEN_SETTLED } from '../../../runtime/status/reasons.ts';
import { MESSAGE_LIMIT } from '../rollout/fault.ts';
import type { Revision } from '../rollout/revision.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { lostFiles } from '../rollout/startable.ts';
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
      needsPerson: false,
      meaning:
        'The new revision waits for what it needs; pods of the former one, if any, go on. See the other conditions.',
    },
    InProgress: { needsPerson: false, meaning: 'Pods are being replaced or started.' },
    ProgressDeadlineExceeded: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning:
        'The new revision made no progress within `spec.rollout.deadline`. Pods of the former one go on serving.',
      remedy:
        'The message says what holds the pods up. Mend it, or go back: `careplane.dev/rollback-to` names a revision.',
      page: SERVICE_DOWN,
    },
    ...podTroubles(SERVICE_DOWN),
    PodsRefused: {
      needsPerson: WHEN_SETTLED,
      alarming: true,
      meaning:
        'The API server refuses the pods of the new revision: a quota, a LimitRange, PodSecurity or a webhook; the message has its words. Pods of the former one, if any, go on serving.',
      remedy: 'Raise the quota, or mend what the message names; the Deployment tries again by itself.',
      page: SERVICE_DOWN,
    },
    CrashLooping: {
      needsPerson: WHEN_RETRIED,
      alarming: true,
      meaning:
        'The new revision crashes. Automatic rollback goes back to the former one after the third crash, unless it is off or there is none.',
      remedy: 'Read its last errors with `careplane logs <service> --level error`; mend the spec.',
      page: SERVICE_DOWN,
    },
    BurnsSlo: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning:
        'The new revision fails its users: it burns the error budget of `spec.slo`, and automatic rollback is off or has nothing to go back to.',
      remedy: 'Go back to the former image, or set the annotation `careplane.dev/rollback-to`.',
      page: 'docs/operations/runbooks/CareplaneAvailabilityFastBurn.md',
    },
    RolledBack: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning:
        'The new revision failed (the message says how), and the last one that was Ready serves instead. The spec is as it was written.',
      remedy:
        'Change the spec, or set the annotation `careplane.dev/retry` to a new value to try the same again.',
      page: ROLLOUTS,
    },
    Pinned: {
      needsPerson: AT_ONCE,
      meaning:
        'The annotation `careplane.dev/rollback-to` holds a revision. (True when that is what the spec says.)',
      remedy: 'Remove the annotation to go forward.',
      page: ROLLOUTS,
    },
    UnknownRevision: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning:
        'The annotation `careplane.dev/rollback-to` names no revision of this service, or one whose pods could not start any more; the message lists those that there are.',
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
      `${fault.message}; automatic rollback is off, or there is no revision that was Ready to go back to${noWayBack(rollout)}`,
    );
  if (isComplete) return RolledOut.because('Complete', 'all pods run what the spec says');
  const trouble = hindranceOf(rollout);
  if (deployment !== undefined && deadlineExceeded(deployment))
    return RolledOut.because(
      'ProgressDeadlineExceeded',
      `the newest version made no progress for ${deadline}, pods of the former one go on serving; ${trouble?.message ?? "see the pods' events"}`,
    );
  // Of the pods of a first revision `Available` says it.
  if (trouble !== undefined && (trouble.reason === 'PodsRefused' || rollout.others.length > 0))
    return RolledOut.because(
      trouble.reason,
      `the new revision does not start, pods of the former one go on; ${trouble.message}`,
    );
  return RolledOut.because('InProgress', 'pods are being replaced or started');
}

/** Why the last revision that was Ready is none to go back to. */
function noWayBack({ unstartable, history }: Rollout): string {
  const revision = history.get(unstartable ?? '')?.revision;
  return revision === undefined ? '' : `: ${whyNotStartable(revision)}`;
}

function whyNotStartable(revision: Revision): string {
  const files = lostFiles(revision.template).join(', ');
  return `${named(revision)} was made by an earlier version of the operator, and its pods mount files that there are no more (${files})`;
}

/** What keeps pods of the spec's revision from starting. */
function hindranceOf({ pods, target, deployment }: Rollout):
  | {
      reason: PodTroubleReason | 'PodsRefused';
      message: string;
    }
  | undefined {
  const trouble = troubleOf(podsOf(pods, target));
  const refusal = refusalOf(deployment);
  if (trouble !== undefined || refusal === undefined) return trouble;
  return { reason: 'PodsRefused', message: refusal.slice(0, MESSAGE_LIMIT) };
}

function pinned({ target, serving, isComplete, decision }: Rollout): JudgedCondition {
  const hold = `the annotation careplane.dev/rollback-to holds ${named(serving)}`;
  if (decision.serve !== target)
    return RolledOut.because(
      'Pinned',
      `${hold}, the spec asks for ${target}: remove the annotation to go forward`,
    );
  if (!isComplete) return RolledOut.because('InProgress', `${hold}; pods are being replaced or started`);
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
    .filter(({ revision }) => lostFiles(revision.template).length === 0)
    .sort((a, b) => b.number - a.number)
    .map(({ revision }) => named(revision));
  const pinned = history.get(pin)?.revision;
  const why =
    pinned === undefined ? 'which is no revision of this service' : `but ${whyNotStartable(pinned)}`;
  const otherwise = decision.state === 'RolledBack' ? `. Otherwise: ${rolledBack(rollout).message}` : '';
  return RolledOut.because(
    'UnknownRevision',
    `the annotation careplane.dev/rollback-to names ${JSON.stringify(pin.slice(0, 63))}, ${why}; there are: ${known.join(', ')}${otherwise}`,
  );
}

/** As `3f1c09aa21 (0.2.0)`. */
function named({ hash, template }: Revision): string {
  const version = imageVersion(template.spec.containers[0]?.image ?? '');
  return version === '' ? hash : `${hash} (${version})`;
}
