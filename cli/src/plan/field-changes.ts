import { APPLIED_LABEL } from '@careplane/operator/runtime/keys';
import type { KubeObject } from '@careplane/operator/runtime/kube';
import { flatten, type Leaf } from './flatten.ts';
import { ownedFields, Whole } from './owned-fields.ts';

/** One field that would become different. A value that is absent: the field is not there before, or after. */
export interface FieldChange {
  path: string;
  from?: Leaf;
  to?: Leaf;
}

/** Stands for each value of a Secret. */
export const HIDDEN = '(secret)';

/** Written by the API server or by the machinery for itself: no news for anybody. */
const INTERNAL = [
  `metadata.labels["${APPLIED_LABEL}"]`,
  'metadata.managedFields',
  'metadata.ownerReferences',
  'metadata.uid',
  'metadata.resourceVersion',
  'metadata.generation',
  'metadata.creationTimestamp',
  'metadata.namespace',
  'metadata.name',
  'apiVersion',
  'kind',
];

/**
 * The fields that applying `desired` would change: those that it names and that differ, and those that were applied
 * before and are named no more. Values of Secrets are never in the result, only which keys change.
 */
export function fieldChanges(live: KubeObject | undefined, desired: KubeObject): FieldChange[] {
  const before = flatten(live ?? {});
  const after = flatten(desired);
  const owned = live === undefined ? new Map<string, Leaf | Whole>() : flatten(ownedFields(live), isWhole);
  const changed = [...after]
    .filter(([path, value]) => !isEmpty(value) && before.get(path) !== value)
    .map(([path, to]) => change(path, before.get(path), to));
  const dropped = [...owned]
    .filter(
      ([path, value]) => !isEmpty(value) && !(isWhole(value) ? hasPartOf(after, path) : after.has(path)),
    )
    .map(([path, value]) => change(path, isWhole(value) ? JSON.stringify(value.value) : value, undefined));
  return [...changed, ...dropped]
    .filter(({ path }) => !INTERNAL.some((internal) => path === internal || path.startsWith(`${internal}[`)))
    .map((field) => (desired.kind === 'Secret' ? hide(field) : field))
    .sort(byPath);
}

/** The fields of an own object that would differ from what is declared: the whole `spec`, and the metadata that is given. */
export function declaredChanges(live: KubeObject | undefined, declared: KubeObject): FieldChange[] {
  const specOf = (object: KubeObject | undefined): object => ({
    spec: (object as { spec?: unknown } | undefined)?.spec,
  });
  const before = flatten(specOf(live));
  const after = flatten(specOf(declared));
  const dropped = [...before]
    .filter(([path, value]) => !isEmpty(value) && !after.has(path))
    .map(([path, value]) => change(path, value, undefined));
  return [...fieldChanges(live, declared), ...dropped].sort(byPath);
}

function change(path: string, from: Leaf | undefined, to: Leaf | undefined): FieldChange {
  return { path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function hide({ path, from, to }: FieldChange): FieldChange {
  if (!/^(data|stringData)\b/.test(path)) return change(path, from, to);
  return change(path, from === undefined ? undefined : HIDDEN, to === undefined ? undefined : HIDDEN);
}

function isEmpty(value: Leaf | Whole): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function isWhole(value: unknown): value is Whole {
  return value instanceof Whole;
}

function hasPartOf(leaves: ReadonlyMap<string, Leaf>, path: string): boolean {
  return [...leaves.keys()].some(
    (leaf) => leaf === path || leaf.startsWith(`${path}.`) || leaf.startsWith(`${path}[`),
  );
}

function byPath(a: FieldChange, b: FieldChange): number {
  return a.path < b.path ? -1 : Number(a.path > b.path);
}
