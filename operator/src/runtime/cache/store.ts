import { MultiMap } from './multi-map.ts';
import type { Index } from '../controller.ts';
import { APPLIED_LABEL, isNewer, keyId, keyOf } from '../keys.ts';
import type { KubeObject, ObjectKey } from '../kube.ts';

/** A cached object, and what we own of it where that is kept (children). */
export interface Entry {
  object: KubeObject;
  /** Digest of the fields that we own. */
  owned: string | undefined;
  /** Those fields, as in managedFields, until somebody has judged by them. */
  fields?: string | undefined;
  /** Digest of the plan for which somebody has found it whole; what another term of leadership need not find out again. */
  verified?: string;
}

export interface Change {
  type: 'added' | 'updated' | 'deleted';
  object: KubeObject;
  /** What was cached before. */
  previous?: KubeObject;
}

/** A list on its way into a store. */
export interface Replacement {
  /** Takes one listed object in; `undefined` when it is there as it is. */
  take(entry: Entry): Change | undefined;
  /** Every page was taken: deletes what was in none of them. */
  finish(): Change[];
}

/** Labels with this prefix are indexed, but for the digest, which no two objects share; others are filtered by a scan of the smallest index. */
const INDEXED = 'careplane.dev/';

/** Objects of one type by key, by namespace, by Careplane's labels, and by the indexes that controllers declare. */
export class ObjectStore {
  readonly #entries = new Map<string, Entry>();
  readonly #labels = new MultiMap<Entry>();
  readonly #namespaces = new MultiMap<Entry>();
  readonly #indexes = new Map<string, { index: Index; buckets: MultiMap<Entry> }>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: ObjectKey): Entry | undefined {
    return this.#entries.get(keyId(key));
  }

  list(namespace?: string, labels: Record<string, string> = {}): KubeObject[] {
    const found: KubeObject[] = [];
    for (const { object } of this.#candidates(namespace, labels).values())
      if ((namespace === undefined || object.metadata.namespace === namespace) && hasLabels(object, labels))
        found.push(object);
    return found;
  }

  /** Adds an index; what is there is taken into it. One that is there already stays. */
  addIndex(index: Index): void {
    if (this.#indexes.has(index.name)) return;
    const buckets = new MultiMap<Entry>();
    for (const [id, entry] of this.#entries) buckets.add(keysOf(index, entry), id, entry);
    this.#indexes.set(index.name, { index, buckets });
  }

  /** What the index has under the key. `undefined`: there is no such index here. */
  byIndex(name: string, key: string): KubeObject[] | undefined {
    const found = this.#indexes.get(name);
    if (found === undefined) return undefined;
    return [...(found.buckets.get(key)?.values() ?? [])].map(({ object }) => object);
  }

  /** Takes an object in. `undefined` when what is cached is the same or newer. */
  put(entry: Entry): Change | undefined {
    const before = this.get(keyOf(entry.object))?.object.metadata;
    const { uid, resourceVersion } = entry.object.metadata;
    if (before?.uid === uid && !isNewer(resourceVersion, before?.resourceVersion)) return undefined;
    return this.#set(entry);
  }

  #set(entry: Entry): Change {
    const { object } = entry;
    const id = keyId(keyOf(object));
    const before = this.#entries.get(id);
    if (before !== undefined) this.#drop(id, before);
    this.#add(id, entry);
    return before === undefined
      ? { type: 'added', object }
      : { type: 'updated', object, previous: before.object };
  }

  delete(key: ObjectKey): Change | undefined {
    const id = keyId(key);
    const before = this.#entries.get(id);
    if (before === undefined) return undefined;
    this.#drop(id, before);
    return { type: 'deleted', object: before.object };
  }

  /** Makes the namespace (or everything) hold exactly these; what differs is returned. */
  replace(namespace: string | undefined, entries: readonly Entry[]): Change[] {
    const replacement = this.replacing(namespace);
    const taken = entries.map((entry) => replacement.take(entry)).filter((change) => change !== undefined);
    return [...taken, ...replacement.finish()];
  }

  /** As {@link replace}, page by page. A list is the truth even when its versions went back (a restored etcd). */
  replacing(namespace: string | undefined): Replacement {
    const listed = new Set<string>();
    return {
      take: (entry) => {
        const id = keyId(keyOf(entry.object));
        listed.add(id);
        return isSameVersion(this.#entries.get(id), entry) ? undefined : this.#set(entry);
      },
      finish: () =>
        this.list(namespace)
          .filter((object) => !listed.has(keyId(keyOf(object))))
          .map((object) => this.delete(keyOf(object)))
          .filter((change) => change !== undefined),
    };
  }

  #candidates(namespace: string | undefined, labels: Record<string, string>): ReadonlyMap<string, Entry> {
    let smallest: ReadonlyMap<string, Entry> | undefined =
      namespace === undefined ? this.#entries : this.#namespaces.get(namespace);
    for (const [name, value] of Object.entries(labels)) {
      if (!isIndexed(name)) continue;
      const bucket = this.#labels.get(`${name}=${value}`);
      if (bucket === undefined) return new Map();
      if (smallest !== undefined && bucket.size < smallest.size) smallest = bucket;
    }
    return smallest ?? new Map<string, Entry>();
  }

  #add(id: string, entry: Entry): void {
    this.#entries.set(id, entry);
    this.#namespaces.add(namespaceOf(entry), id, entry);
    this.#labels.add(indexedLabels(entry), id, entry);
    for (const { index, buckets } of this.#indexes.values()) buckets.add(keysOf(index, entry), id, entry);
  }

  #drop(id: string, entry: Entry): void {
    this.#entries.delete(id);
    this.#namespaces.remove(namespaceOf(entry), id);
    this.#labels.remove(indexedLabels(entry), id);
    for (const { index, buckets } of this.#indexes.values()) buckets.remove(keysOf(index, entry), id);
  }
}

function isSameVersion(before: Entry | undefined, { object }: Entry): boolean {
  const { uid, resourceVersion } = object.metadata;
  const cached = before?.object.metadata;
  return cached !== undefined && cached.uid === uid && cached.resourceVersion === resourceVersion;
}

export function hasLabels(object: KubeObject, labels: Record<string, string>): boolean {
  for (const name in labels) if (object.metadata.labels?.[name] !== labels[name]) return false;
  return true;
}

function namespaceOf({ object }: Entry): string[] {
  return [object.metadata.namespace ?? ''];
}

function indexedLabels({ object }: Entry): string[] {
  return Object.entries(object.metadata.labels ?? {})
    .filter(([name]) => isIndexed(name))
    .map(([name, value]) => `${name}=${value}`);
}

function isIndexed(label: string): boolean {
  return label.startsWith(INDEXED) && label !== APPLIED_LABEL;
}

function keysOf(index: Index, { object }: Entry): Iterable<string> {
  return index.keys(object);
}
