import type { EventNote, JudgedCondition } from '../controller.ts';
import type { ConditionDescription, NeedsPerson, Reason } from './description.ts';

export type { ConditionDescription, NeedsPerson, Reason } from './description.ts';

/** Nothing but another spec helps. */
export const AT_ONCE = 0;
/** Objects that are applied together find each other within this time. */
export const WHEN_SETTLED = 10_000;
/** The kubelet pulls and starts a second time within this time. */
export const WHEN_RETRIED = 20_000;
/** An election, a restart or a failover is over by then. */
export const WHEN_LASTING = 300_000;

/** A reason as it is written down: `False` where it has no status. Whoever adds one says whether it needs a person. */
export type WrittenReason = Omit<Reason, 'status' | 'needsPerson'> &
  ({ status: 'True' } | { status?: 'False' | 'Unknown'; needsPerson: NeedsPerson });

/** A condition as it is written down: of every kind where it has no kinds. */
export type WrittenCondition<Name extends string> = Pick<
  ConditionDescription,
  'type' | 'meaning' | 'informs' | 'hinders'
> &
  Partial<Pick<ConditionDescription, 'kinds'>> & { reasons: Readonly<Record<Name, WrittenReason>> };

const EVERY_KIND = ['every kind'];

/** A condition type: whoever sets the condition can give no other reason than those that are described. */
export interface ConditionType<Name extends string> extends ConditionDescription<Name> {
  because(reason: Name, message: string): JudgedCondition;
}

export function conditionType<Name extends string>(written: WrittenCondition<Name>): ConditionType<Name> {
  const { type, informs } = written;
  const reasons = Object.fromEntries(
    Object.entries<WrittenReason>(written.reasons).map(([name, reason]) => [
      name,
      { status: 'False', ...reason },
    ]),
  ) as Record<Name, Reason>;
  return {
    kinds: EVERY_KIND,
    ...written,
    reasons,
    because: (reason, message) => {
      const { status, alarming, counts } = reasons[reason];
      return {
        type,
        status,
        reason,
        message,
        ...(informs === true && counts !== true ? { informs } : {}),
        ...(alarming === true ? { alarming } : {}),
      };
    },
  };
}

/** A reason of events that is not the reason of a condition. */
export interface EventDescription {
  type: EventNote['type'];
  reason: string;
  kinds: readonly string[];
  meaning: string;
  remedy?: string;
  page?: string;
}

export interface EventType extends EventDescription {
  note(message: string): EventNote;
}

export function eventType(
  written: Omit<EventDescription, 'kinds'> & { kinds?: readonly string[] },
): EventType {
  const { type, reason } = written;
  return { kinds: EVERY_KIND, ...written, note: (message) => ({ type, reason, message }) };
}

/** Warnings of the conditions that somebody has to act upon. */
export function warningsOf(conditions: readonly JudgedCondition[]): EventNote[] {
  return conditions
    .filter(({ alarming }) => alarming === true)
    .map(({ reason, message }) => ({ type: 'Warning', reason, message }));
}
