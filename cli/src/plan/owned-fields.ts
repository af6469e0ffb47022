import { FIELD_MANAGER } from '@careplane/operator/runtime/keys';
import type { KubeObject } from '@careplane/operator/runtime/kube';

type Fields = Record<string, unknown>;

/**
 * A map or list that is owned as a whole. What is in it may be more than was applied (defaults of the API server), so its
 * parts say nothing one by one.
 */
export class Whole {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/**
 * The part of an object that the operator applied last, by `metadata.managedFields`: what it leaves out next time is
 * removed. Layout: https://pkg.go.dev/sigs.k8s.io/structured-merge-diff/v6/fieldpath (f: field, k: keyed item, v: set item).
 */
export function ownedFields(object: KubeObject): unknown {
  const entry = object.metadata.managedFields?.find(
    ({ manager, operation, subresource = '' }) =>
      manager === FIELD_MANAGER && operation === 'Apply' && subresource === '',
  );
  return entry?.fieldsV1 === undefined ? {} : project(object, entry.fieldsV1);
}

function project(value: unknown, fields: Fields): unknown {
  const entries = Object.entries(fields).filter(([name]) => name !== '.');
  if (entries.length === 0) return typeof value === 'object' && value !== null ? new Whole(value) : value;
  return Array.isArray(value) ? projectList(value, entries) : projectMap(value, entries);
}

function projectMap(value: unknown, entries: [string, unknown][]): unknown {
  const map = (value ?? {}) as Fields;
  const owned = entries
    .filter(([name]) => name.startsWith('f:') && name.slice(2) in map)
    .map(([name, fields]) => [name.slice(2), project(map[name.slice(2)], fields as Fields)]);
  return Object.fromEntries(owned) as Fields;
}

function projectList(list: readonly unknown[], entries: [string, unknown][]): unknown[] {
  return list.flatMap((item) => {
    const owned = entries.find(([name]) => isItem(item, name));
    return owned === undefined ? [] : [project(item, owned[1] as Fields)];
  });
}

function isItem(item: unknown, name: string): boolean {
  const wanted = JSON.parse(name.slice(2)) as unknown;
  if (name.startsWith('v:')) return item === wanted;
  if (!name.startsWith('k:')) return false;
  return Object.entries(wanted as Fields).every(([key, value]) => (item as Fields)[key] === value);
}
