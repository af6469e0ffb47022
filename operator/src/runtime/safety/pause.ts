import type { AnyController, JudgedCondition, Plan } from '../controller.ts';
import { PAUSED_ANNOTATION } from '../keys.ts';
import type { KubeObject } from '../kube.ts';
import { conditionType } from '../status/reasons.ts';

export const Paused = conditionType({
  type: 'Paused',
  informs: true,
  meaning:
    'The annotation `careplane.dev/paused: "true"` keeps the operator from writing anything for the object.',
  reasons: {
    Paused: {
      status: 'True',
      meaning: 'The object is looked at and nothing of it is written. Remove the annotation to go on.',
    },
  },
});

/** Children named in the condition; the rest is counted. */
const NAMED = 5;

/** Whether somebody asked for nothing to be done for the object. */
export function isPaused({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[PAUSED_ANNOTATION] === 'true';
}

/** Thrown when the code that only reads, for a paused object, tries to write. */
export class PausedWrite extends Error {
  constructor(what: string) {
    super(`${what}: not written, the object is paused`);
    this.name = 'PausedWrite';
  }
}

/**
 * The conditions of a paused object: what the plan saw, `Paused`, and `Unknown` for what only `act` could have found out.
 * @param pending kind and name of the children that would be written or removed
 */
export function pausedConditions(
  plan: Pick<Plan, 'conditions'>,
  { judgedByAct = [] }: Pick<AnyController, 'judgedByAct'>,
  pending: readonly string[],
): JudgedCondition[] {
  const seen = plan.conditions.map((condition) =>
    judgedByAct.includes(condition.type) ? notAsked(condition.type) : condition,
  );
  return [...seen, pausedCondition(pending)];
}

/** The status of a paused object: fields that `act` knows or others act upon stay, the rest is as planned. */
export function pausedStatus(
  current: object,
  planned: object,
  { decides = [] }: Pick<AnyController, 'decides'>,
): Record<string, unknown> {
  const seen = Object.entries(planned).filter(([field]) => !decides.includes(field));
  return { ...current, ...Object.fromEntries(seen) };
}

function notAsked(type: string): JudgedCondition {
  const message = 'nobody asks while the object is paused';
  return { type, status: 'Unknown', reason: 'Paused', message };
}

/** The condition `Paused`: it informs, an object may be paused and in order. */
export function pausedCondition(pending: readonly string[]): JudgedCondition {
  const rule = `nothing is written while the annotation ${PAUSED_ANNOTATION} is "true"`;
  const message = pending.length === 0 ? rule : `${rule}; ${differing(pending)}`;
  return Paused.because('Paused', message);
}

function differing(pending: readonly string[]): string {
  const named = pending.slice(0, NAMED).join(', ');
  const more = pending.length > NAMED ? ` and ${pending.length - NAMED} more` : '';
  return `not as declared: ${named}${more}`;
}
