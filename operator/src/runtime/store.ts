import { isNewer, keyId, keyOf } from './keys.ts';
import type { KubeObject, ObjectKey } from './kube.ts';

/** A cached object, and the digest of the fields that we own of it. */
export interface Entry {
  object: KubeObject;
  owned: string | undefined;
}

export interface Change {
  type: 'added' | 'updated' | 'deleted';
  object: KubeObject;
  /** What was cached before. */
  previous?: KubeObject;
}

/** Labels with this prefix are indexed; others are filtered by a scan of the smallest index. */
const INDEXED = 'careplane.dev/';

/** Objects of one type by key, with an index over Careplane's labels. */
export class ObjectStore {
  readonly #entries = new Map<string, Entry>();
  readonly #index = new Map<string, Map<string, Entry>>();
  readonly #namespaces = new Map<string, Map<string, Entry>>();

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
    const listed = new Set(entries.map(({ object }) => keyId(keyOf(object))));
    const changes: Change[] = [];
    for (const object of this.list(namespace))
      if (!listed.has(keyId(keyOf(object)))) push(changes, this.delete(keyOf(object)));
    // A list is the truth even when its versions went back (a restored etcd): only what is the same is skipped.
    for (const entry of entries) {
      const before = this.get(keyOf(entry.object))?.object.metadata;
      const { uid, resourceVersion } = entry.object.metadata;
      if (before?.uid !== uid || before?.resourceVersion !== resourceVersion) changes.push(this.#set(entry));
    }
    return changes;
  }

  #candidates(namespace: string | undefined, labels: Record<string, string>): ReadonlyMap<string, Entry> {
    let smallest: ReadonlyMap<string, Entry> | undefined =
      namespace === undefined ? this.#entries : this.#namespaces.get(namespace);
    for (const [name, value] of Object.entries(labels)) {
      if (!name.startsWith(INDEXED)) continue;
      const bucket = this.#index.get(`${name}=${value}`);
      if (bucket === undefined) return new Map();
      if (smallest !== undefined && bucket.size < smallest.size) smallest = bucket;
    }
    return smallest ?? new Map<string, Entry>();
  }

  #add(id: string, entry: Entry): void {
    this.#entries.set(id, entry);
    bucketOf(this.#namespaces, entry.object.metadata.namespace ?? '').set(id, entry);
    for (const label of indexedLabels(entry.object)) bucketOf(this.#index, label).set(id, entry);
  }

  #drop(id: string, entry: Entry): void {
    this.#entries.delete(id);
    forget(this.#namespaces, entry.object.metadata.namespace ?? '', id);
    for (const label of indexedLabels(entry.object)) forget(this.#index, label, id);
  }
}

function push(changes: Change[], change: Change | undefined): void {
  if (change !== undefined) changes.push(change);
}

export function hasLabels(object: KubeObject, labels: Record<string, string>): boolean {
  for (const name in labels) if (object.metadata.labels?.[name] !== labels[name]) return false;
  return true;
}

function indexedLabels(object: KubeObject): string[] {
  return Object.entries(object.metadata.labels ?? {})
    .filter(([name]) => name.startsWith(INDEXED))
    .map(([name, value]) => `${name}=${value}`);
}

function bucketOf(index: Map<string, Map<string, Entry>>, name: string): Map<string, Entry> {
  const bucket = index.get(name) ?? new Map<string, Entry>();
  index.set(name, bucket);
  return bucket;
}

function forget(index: Map<string, Map<string, Entry>>, name: string, id: string): void {
  const bucket = index.get(name);
  bucket?.delete(id);
  if (bucket?.size === 0) index.delete(name);
}
