import type { Action, Purpose } from './action.ts';
import type { Attributes, Constraint } from './attributes.ts';
import type { Facts } from './facts.ts';
import type { Subject } from './subject.ts';

/** What is asked for: one resource (with its attributes), or all of a type (without). */
export interface Target {
  /** A FHIR resource type. */
  readonly type: string;
  readonly attributes?: Attributes;
}

/** What a decision is made with, beside who asks for what. */
export interface Circumstances {
  readonly purpose: Purpose;
  readonly facts: Facts;
  readonly now: Date;
}

/** Why not. A code for the audit and for tests; the caller learns no more than 403 or 404. */
export type DenialReason =
  | 'role'
  | 'scope'
  | 'not-own'
  | 'no-relationship'
  | 'consent'
  | 'launch-context'
  | 'unknown-type'
  | 'purpose';

export type Decision =
  | {
      readonly effect: 'allow';
      /** Holds for every resource of the answer. For one resource it was judged already. */
      readonly constraint: Constraint;
      /** Elements that this subject is not shown, such as `Practitioner.telecom`. */
      readonly without: readonly string[];
    }
  | { readonly effect: 'deny'; readonly reason: DenialReason };

/** What is left of a type before consents are asked. */
export type Outline =
  | (Extract<Decision, { effect: 'allow' }> & {
      /** Whether consents can take nothing away: then it is the decision itself. */
      readonly isExact: boolean;
    })
  | Extract<Decision, { effect: 'deny' }>;

/** The one decision point: `decide` is pure, and is the only function that grants anything. */
export type Decide = (
  subject: Subject,
  action: Action,
  target: Target,
  circumstances: Circumstances,
) => Decision;
