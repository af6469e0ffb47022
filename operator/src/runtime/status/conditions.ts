import type { JudgedCondition } from '../controller.ts';
import type { Condition } from '../kube.ts';
import { DERIVED } from './progress.ts';
import { conditionType, WHEN_SETTLED } from './reasons.ts';

export const Ready = conditionType({
  type: 'Ready',
  meaning:
    'Sums the others up: True when all that count are. Otherwise its reason and message are those of the first that is not.',
  reasons: {
    Ready: { status: 'True', meaning: 'Everything is as declared.' },
    ReconcileFailed: {
      needsPerson: WHEN_SETTLED,
      meaning:
        'The operator failed several times in a row to bring the object in line; the message has the error. It goes on trying.',
      remedy:
        'Read the message; when it says that something is forbidden or unreachable, mend that. The operator tries again within a minute.',
      page: 'docs/operations/runbooks/CareplaneReconcileErrors.md',
    },
  },
});

export interface ConditionContext {
  /** `status.conditions` as it is now; where transition times are kept from. */
  current: readonly Condition[];
  generation: number;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Makes `status.conditions`, `Ready` first; a transition time stays while its status does (Kubernetes API conventions). */
export function mergeConditions(judged: readonly JudgedCondition[], context: ConditionContext): Condition[] {
  const others = lastOfEachType(judged.filter(({ type }) => type !== 'Ready'));
  return [summarize(others), ...others].map((condition) => stamp(condition, context));
}

/** Conditions without those that are made of the others. */
export function judgedAlone<T extends JudgedCondition>(conditions: readonly T[]): T[] {
  return conditions.filter(({ type }) => !DERIVED.includes(type));
}

/** Replaces conditions by those of the same type; new ones come last. */
export function overrideConditions(
  base: readonly JudgedCondition[],
  changes: readonly JudgedCondition[],
): JudgedCondition[] {
  return lastOfEachType([...base, ...changes]);
}

/** `Ready`: False when any condition is (with its reason), else Unknown when any is, else True; informing ones do not count. */
export function summarize(conditions: readonly JudgedCondition[]): JudgedCondition {
  const counting = conditions.filter(({ informs }) => informs !== true);
  const worst =
    counting.find(({ status }) => status === 'False') ?? counting.find(({ status }) => status === 'Unknown');
  if (worst !== undefined) return { ...worst, type: 'Ready' };
  return Ready.because('Ready', 'everything is as declared');
}

/** The current conditions with `Ready=False` for a reconcile that fails again and again. */
export function failedConditions(
  failure: JudgedCondition,
  progress: readonly JudgedCondition[],
  context: ConditionContext,
): Condition[] {
  const fresh = [failure, ...progress].map((condition) => stamp(condition, context));
  return [...fresh, ...judgedAlone(context.current)];
}

function lastOfEachType(conditions: readonly JudgedCondition[]): JudgedCondition[] {
  return [...new Map(conditions.map((condition) => [condition.type, condition])).values()];
}

function stamp(judged: JudgedCondition, { current, generation, now }: ConditionContext): Condition {
  const { type, status, reason, message } = judged;
  const before = current.find((condition) => condition.type === type);
  const isSame = before?.status === status && before.lastTransitionTime !== undefined;
  const lastTransitionTime = isSame ? before.lastTransitionTime : timestamp(now);
  return {
    type,
    status,
    reason,
    message,
    observedGeneration: generation,
    ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }),
  };
}

/** RFC 3339 in UTC with whole seconds, as `metav1.Time`. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
