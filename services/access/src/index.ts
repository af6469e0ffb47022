export { PURPOSES } from './action.ts';
export type { Action, Purpose } from './action.ts';
export { ALL, ATTRIBUTES, NONE, satisfies } from './attributes.ts';
export type { Attribute, Attributes, Constraint } from './attributes.ts';
export type { Circumstances, Decide, Decision, DenialReason, Target } from './decision.ts';
export { NO_FACTS } from './facts.ts';
export type { ConsentRule, Facts, Relation } from './facts.ts';
export { ROLES } from './subject.ts';
export type { PersonReference, Role, Subject } from './subject.ts';
