export { PURPOSES } from './action.ts';
export type { Action, Purpose } from './action.ts';
export { ALL, ATTRIBUTES, NONE, satisfies } from './attributes.ts';
export type { Attribute, Attributes, Constraint } from './attributes.ts';
export type { Circumstances, Decide, Decision, DenialReason, Outline, Target } from './decision.ts';
export { DATA_CLASSES, NO_FACTS, recordsOf } from './facts.ts';
export type { ConsentRule, Facts, Relation } from './facts.ts';
export { ROLES } from './subject.ts';
export type { PersonReference, Role, Subject, TokenMarks } from './subject.ts';
export { allOf, anyOf, noneOf, oneOf, onlyOf } from './constraint.ts';
export { decide, outline } from './decide.ts';
export { hiddenParameters, keepElements, withoutElements } from './elements.ts';
export {
  defaultPurpose,
  grantsFor,
  isRead,
  mayWithOwn,
  needsFacts,
  PURPOSES_OF,
  purposesFor,
  RULES,
} from './rules.ts';
export type { Grant, RoleRule, TypeRule } from './rules.ts';
export { isWithin } from './period.ts';
export { parseScope, permissionsFor } from './scopes.ts';
export type { Permission, ResourceScope } from './scopes.ts';
