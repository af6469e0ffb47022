import { ALL, NONE } from './attributes.ts';
import type { Attribute, Constraint } from './attributes.ts';

/** One of the attribute's values is one of these; nothing satisfies an empty list. */
export function oneOf(attribute: Attribute, values: readonly string[]): Constraint {
  return values.length === 0 ? NONE : { kind: 'in', attribute, values };
}

/** None of the attribute's values is one of these; everything satisfies an empty list. */
export function noneOf(attribute: Attribute, values: readonly string[]): Constraint {
  return values.length === 0 ? ALL : { kind: 'notIn', attribute, values };
}

/** The attribute has values, and all are among these. */
export function onlyOf(attribute: Attribute, values: readonly string[]): Constraint {
  return allOf([oneOf(attribute, values), { kind: 'only', attribute, values }]);
}

/** All hold. */
export function allOf(parts: readonly Constraint[]): Constraint {
  return combine('and', parts);
}

/** One holds. */
export function anyOf(parts: readonly Constraint[]): Constraint {
  return combine('or', parts);
}

/** A conjunction is `all` without parts and `none` as soon as one part is; a disjunction the other way round. */
function combine(kind: 'and' | 'or', parts: readonly Constraint[]): Constraint {
  const [neutral, absorbing] = kind === 'and' ? [ALL, NONE] : [NONE, ALL];
  if (parts.some((part) => part.kind === absorbing.kind)) return absorbing;
  const [first, ...rest] = parts.filter((part) => part.kind !== neutral.kind);
  if (first === undefined) return neutral;
  return rest.length === 0 ? first : { kind, of: [first, ...rest] };
}
