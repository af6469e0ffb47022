/** What decisions look at in a resource. Each resource type says where its documents keep them. */
export const ATTRIBUTES = [
  'id',
  'patient',
  'practitioner',
  'organization',
  'category',
  'dataClass',
  'author',
] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

/**
 * The attributes of one resource; ids without their type. An attribute that is absent has no value.
 * A Patient's `patient` and a Practitioner's `practitioner` are its own id. A `category` is there twice, as `system|code` and as
 * `code`, since a scope may name it either way. A `dataClass` is one of `DATA_CLASSES`.
 */
export type Attributes = Readonly<Partial<Record<Attribute, readonly string[]>>>;

/**
 * Which resources may be seen. A closed algebra of plain data: the same constraint is judged here for one resource and
 * becomes a part of the database query for many, so that no path can forget it.
 */
export type Constraint =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  /** One of the attribute's values is one of these. */
  | { readonly kind: 'in'; readonly attribute: Attribute; readonly values: readonly string[] }
  /** No value of the attribute is another than these; also when it has none. */
  | { readonly kind: 'only'; readonly attribute: Attribute; readonly values: readonly string[] }
  /** None of the attribute's values is one of these. */
  | { readonly kind: 'notIn'; readonly attribute: Attribute; readonly values: readonly string[] }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Constraint[] };

export const ALL: Constraint = { kind: 'all' };
export const NONE: Constraint = { kind: 'none' };

/** Whether a resource with these attributes is within a constraint. */
export function satisfies(constraint: Constraint, attributes: Attributes): boolean {
  switch (constraint.kind) {
    case 'all':
      return true;
    case 'none':
      return false;
    case 'in':
      return (attributes[constraint.attribute] ?? []).some((value) => constraint.values.includes(value));
    case 'only':
      return (attributes[constraint.attribute] ?? []).every((value) => constraint.values.includes(value));
    case 'notIn':
      return !(attributes[constraint.attribute] ?? []).some((value) => constraint.values.includes(value));
    case 'and':
      return constraint.of.every((part) => satisfies(part, attributes));
    case 'or':
      return constraint.of.some((part) => satisfies(part, attributes));
  }
}
