import type { EventNote, JudgedCondition } from '../controller.ts';

/** Why a condition is as it is. The reference page and `careplane explain` are made of these. */
export interface Reason {
  status: JudgedCondition['status'];
  /** What it means and why it comes. */
  meaning: string;
  /** What to do; absent where nothing is to be done. */
  remedy?: string;
  /** Page of the documentation, from the repository's root. */
  page?: string;
  /** Somebody has to act upon it: a Warning event tells of it. The others pass by themselves. */
  alarming?: true;
  /** `Ready` depends on it, though the condition informs otherwise. */
  counts?: true;
}

export interface ConditionDescription<Name extends string = string> {
  type: string;
  /** Kinds that have it; `every kind` for the machinery's own. */
  kinds: readonly string[];
  meaning: string;
  /** `Ready` does not depend on it. */
  informs?: true;
  reasons: Readonly<Record<Name, Reason>>;
}

/** A reason as it is written down: `False` where it has no status. */
export type WrittenReason = Omit<Reason, 'status'> & Partial<Pick<Reason, 'status'>>;

/** A condition as it is written down: of every kind where it has no kinds. */
export type WrittenCondition<Name extends string> = Pick<
  ConditionDescription,
  'type' | 'meaning' | 'informs'
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
