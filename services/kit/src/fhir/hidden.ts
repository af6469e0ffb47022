import { Forbidden } from '../http/errors.ts';
import type { Resource } from './resource.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * A resource without the elements that the caller is not shown, such as `Practitioner.telecom`; also in the resources that it
 * contains or carries. The primitive's extensions (`_birthDate`) go with it.
 */
export function withoutElements<R extends Resource>(resource: R, without: readonly string[]): R {
  return without.length === 0 ? resource : (strip(resource, without) as R);
}

function strip(node: unknown, without: readonly string[]): unknown {
  if (Array.isArray(node)) return node.map((item) => strip(item, without)).filter((item) => !isEmpty(item));
  if (!isObject(node)) return node;
  const type = typeof node['resourceType'] === 'string' ? node['resourceType'] : undefined;
  const paths = type === undefined ? [] : pathsOf(type, without);
  const rest = paths.reduce<Json>((left, path) => removed(left, path), node);
  const entries = Object.entries(rest).map(([name, value]) => [name, strip(value, without)] as const);
  return Object.fromEntries(entries.filter(([name, value]) => !isEmpty(value) || name === 'resourceType'));
}

function pathsOf(type: string, without: readonly string[]): string[][] {
  return without.filter((path) => path.startsWith(`${type}.`)).map((path) => path.split('.').slice(1));
}

function removed(node: Json, [name = '', ...rest]: readonly string[]): Json {
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => {
      if (!names(key, name)) return [[key, value]];
      return rest.length === 0 ? [] : [[key, below(value, rest)]];
    }),
  );
}

function below(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => below(item, path));
  return isObject(value) ? removed(value, path) : value;
}

/** `birthDate`, `_birthDate`, and of a choice each type: `deceased[x]` names `deceasedBoolean`. */
function names(key: string, element: string): boolean {
  const plain = key.startsWith('_') ? key.slice(1) : key;
  if (!element.endsWith('[x]')) return plain === element;
  const stem = element.slice(0, -3);
  return plain.startsWith(stem) && /^[A-Z]/.test(plain.slice(stem.length));
}

/** FHIR has no empty elements. */
function isEmpty(value: unknown): boolean {
  return isObject(value) ? Object.keys(value).length === 0 : Array.isArray(value) && value.length === 0;
}

/**
 * An update by somebody who is not shown all: the hidden elements stay as they are.
 * @throws Forbidden when the hidden part is inside an element, which the update would lose
 */
export function keepHidden(incoming: Resource, existing: Resource, without: readonly string[]): Resource {
  return pathsOf(existing.resourceType, without).reduce<Resource>((kept, path) => {
    const [name = '', ...rest] = path;
    const hidden = Object.entries(existing).filter(([key]) => names(key, name));
    if (hidden.length === 0 || rest.length > 0) {
      if (hidden.some(([, value]) => isChanged(value, rest))) throw new Forbidden();
      return kept;
    }
    return { ...withoutElements(kept, [`${kept.resourceType}.${name}`]), ...Object.fromEntries(hidden) };
  }, incoming);
}

function isChanged(value: unknown, path: readonly string[]): boolean {
  return path.length > 0 && JSON.stringify(below(value, path)) !== JSON.stringify(value);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
