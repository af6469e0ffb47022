import type { AnyObject } from '../kube.ts';

/** `metav1.FieldsV1`: `f:<name>`, `k:<keys as JSON>`, `v:<value as JSON>`; empty at a leaf. */
type FieldSet = Record<string, unknown>;

/** Fields that are an object's identity and never in a field set. */
const IDENTITY = ['apiVersion', 'kind'];
const META_IDENTITY = ['name', 'namespace'];

/**
 * Whether our last apply still owns every field of the object: then its values are ours, and need no comparison.
 * Whoever changes a value takes the field from us. False when that cannot be told.
 */
export function ownsWhole(fields: FieldSet, object: AnyObject): boolean {
  const { metadata, ...rest } = object;
  return (
    ownsMap(fields, without(rest, IDENTITY)) &&
    ownsMap(asFields(fields['f:metadata']), without({ ...metadata }, META_IDENTITY))
  );
}

function ownsMap(fields: FieldSet | undefined, map: Record<string, unknown>): boolean {
  return Object.entries(map)
    .filter(([, value]) => !isNothing(value))
    .every(([name, value]) => ownsValue(asFields(fields?.[`f:${name}`]), value));
}

function ownsValue(fields: FieldSet | undefined, value: unknown): boolean {
  if (fields === undefined) return false;
  // A leaf: one value, or a map or list that is owned as a whole.
  if (Object.keys(fields).length === 0) return true;
  if (Array.isArray(value)) return value.every((item) => ownsItem(fields, item));
  return typeof value === 'object' && value !== null && ownsMap(fields, value as Record<string, unknown>);
}

function ownsItem(fields: FieldSet, item: unknown): boolean {
  const name = Object.keys(fields).find((candidate) => namesItem(candidate, item));
  return name !== undefined && (name.startsWith('v:') || ownsValue(asFields(fields[name]), item));
}

/** `v:"x"` names an item of a set, `k:{"name":"x"}` one of a list of maps. */
function namesItem(name: string, item: unknown): boolean {
  if (name.startsWith('v:')) return JSON.parse(name.slice(2)) === item;
  if (!name.startsWith('k:') || typeof item !== 'object' || item === null) return false;
  const keys = Object.entries(JSON.parse(name.slice(2)) as Record<string, unknown>);
  const values = item as Record<string, unknown>;
  // A key that the item does not have is a default (a port's protocol).
  return keys.every(([key, value]) => values[key] === undefined || values[key] === value);
}

/** What the API server drops from what is applied. */
function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function asFields(value: unknown): FieldSet | undefined {
  return typeof value === 'object' && value !== null ? (value as FieldSet) : undefined;
}

function without(map: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).filter(([name]) => !names.includes(name)));
}
