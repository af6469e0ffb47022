import type { Cache, Index } from '../controller.ts';
import { describe } from '../errors.ts';
import { Informer } from './informer.ts';
import type { InformerEnvironment, InformerScope } from './informer-options.ts';
import { keyId, keyOf, typeId } from '../keys.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../kube.ts';
import { ObjectStore, type Change, type Entry } from './store.ts';

type Listener = (change: Change) => void;
export type SharedScope = Omit<InformerScope, 'namespace'>;

interface Group {
  scope: SharedScope;
  store: ObjectStore;
  informers: Informer[];
  listeners: Listener[];
}

/** All informers of a manager, one group for each distinct selection; controllers share them. */
export class Informers implements Cache {
  readonly #groups = new Map<string, Group>();
  readonly #byType = new Map<string, Group[]>();
  readonly #indexes = new Map<string, Index[]>();
  readonly #environment: InformerEnvironment;
  readonly #namespaces: readonly (string | undefined)[];

  /** `namespaces`: where to look; empty means everywhere. */
  constructor(environment: InformerEnvironment, namespaces: readonly string[]) {
    this.#environment = environment;
    this.#namespaces = namespaces.length === 0 ? [undefined] : namespaces;
  }

  /** Asks for a selection and its changes. Before {@link start} only. */
  follow(scope: SharedScope, listener?: Listener): void {
    const group = this.#group(scope);
    if (listener !== undefined) group.listeners.push(listener);
  }

  /** Has every selection of the type found by the index. Before or after {@link follow}. */
  addIndex(index: Index): void {
    const same = this.#indexes.get(typeId(index.type)) ?? [];
    if (same.some(({ name }) => name === index.name)) return;
    this.#indexes.set(typeId(index.type), [...same, index]);
    for (const group of this.#groupsOf(index.type)) this.#indexGroup(group, index);
  }

  start(): void {
    for (const group of this.#groups.values()) {
      group.informers = this.#informersOf(group);
      for (const informer of group.informers) informer.start();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all().map((informer) => informer.stop()));
  }

  /** Has what is in the namespace listed, and nothing else: it is admitted now. */
  join(namespace: string): void {
    for (const informer of this.#all()) {
      const { type, namespace: own } = informer.scope;
      if (type.namespaced && (own === undefined || own === namespace)) informer.join(namespace);
    }
  }

  /** Has everything of the namespace listed, instead of waiting for what the watches say. Named namespaces only. */
  relist(namespace: string): void {
    for (const informer of this.#all()) if (informer.scope.namespace === namespace) informer.relist();
  }

  /** Forgets the namespace, which is not admitted any more: first all of it, then the changes are passed on. */
  dropNamespace(namespace: string): void {
    const dropped = [...this.#groups.values()]
      .filter(({ scope }) => scope.type.namespaced)
      .map((group) => ({ group, changes: group.store.replace(namespace, []) }));
    for (const { group, changes } of dropped) for (const change of changes) this.#notify(group, change);
  }

  /** Kinds whose first list is not complete. */
  unsynced(): string[] {
    const missing = this.#all().filter(({ isSynced, isForbidden }) => !isSynced && !isForbidden);
    return [...new Set(missing.map(({ scope }) => scope.type.kind))];
  }

  /** The longest silence of each kind's watches, in milliseconds. */
  silences(): Map<string, number> {
    const silences = new Map<string, number>();
    for (const informer of this.#all()) {
      const { kind } = informer.scope.type;
      silences.set(kind, Math.max(silences.get(kind) ?? 0, informer.silenceMs()));
    }
    return silences;
  }

  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): T | undefined {
    return this.entry(type, key)?.object as T | undefined;
  }

  list<T extends KubeObject>(
    type: ResourceType<T>,
    namespace?: string,
    labels?: Record<string, string>,
  ): T[] {
    return merged(this.#groupsOf(type).map(({ store }) => store.list(namespace, labels))) as T[];
  }

  byIndex<T extends KubeObject>(index: Index<T>, key: string, namespace?: string): T[] {
    const lists = this.#groupsOf(index.type)
      .map(({ store }) => store.byIndex(index.name, key))
      .filter((list) => list !== undefined);
    if (lists.length === 0)
      throw new Error(`no controller declares the index ${index.name} of ${index.type.kind}`);
    const found = merged(lists) as T[];
    return namespace === undefined ? found : found.filter(({ metadata }) => metadata.namespace === namespace);
  }

  /** As {@link get}, with the ownership digest where it is kept. */
  entry(type: ResourceType, key: ObjectKey): Entry | undefined {
    for (const { store } of this.#groupsOf(type)) {
      const entry = store.get(key);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  /** The child's entry in the informer that keeps ownership, and how far that informer has read. */
  child(type: ResourceType, key: ObjectKey): { entry: Entry | undefined; seenVersion: string | undefined } {
    const entry = this.#childGroup(type)?.store.get(key);
    return { entry, seenVersion: this.#childInformer(type, key)?.seenVersion };
  }

  /** Whether the child would be seen there. */
  covers(type: ResourceType, key: ObjectKey): boolean {
    if (type.namespaced && this.#environment.admits?.(key.namespace) === false) return false;
    return this.#childInformer(type, key) !== undefined;
  }

  /** Whether the children of this type are cached without their content. */
  isMetadataOnly(type: ResourceType): boolean {
    return this.#childGroup(type)?.scope.metadataOnly === true;
  }

  #childGroup(type: ResourceType): Group | undefined {
    return this.#groupsOf(type).find(({ scope }) => scope.ownership === true);
  }

  #childInformer(type: ResourceType, { namespace }: ObjectKey): Informer | undefined {
    const informers = this.#childGroup(type)?.informers;
    return informers?.find(({ scope }) => scope.namespace === undefined || scope.namespace === namespace);
  }

  #all(): Informer[] {
    return [...this.#groups.values()].flatMap(({ informers }) => informers);
  }

  /** Whole objects before metadata only. */
  #groupsOf(type: ResourceType): Group[] {
    return this.#byType.get(typeId(type)) ?? [];
  }

  #group(scope: SharedScope): Group {
    const { type, labelSelector = '', fieldSelector = '', metadataOnly = false } = scope;
    const id = [typeId(type), labelSelector, fieldSelector, metadataOnly].join(' ');
    const existing = this.#groups.get(id);
    if (existing !== undefined) {
      existing.scope.ownership ||= scope.ownership;
      existing.scope.optional &&= scope.optional;
      return existing;
    }
    const group: Group = { scope: { ...scope }, store: new ObjectStore(), informers: [], listeners: [] };
    this.#groups.set(id, group);
    const same = [...this.#groupsOf(type), group];
    same.sort((a, b) => Number(a.scope.metadataOnly ?? false) - Number(b.scope.metadataOnly ?? false));
    this.#byType.set(typeId(type), same);
    for (const index of this.#indexes.get(typeId(type)) ?? []) this.#indexGroup(group, index);
    return group;
  }

  #indexGroup({ scope, store }: Group, index: Index): void {
    if (scope.metadataOnly === true && index.metadataOnly !== true) return;
    store.addIndex({ ...index, keys: (object) => this.#keysOf(index, object) });
  }

  /** An index that cannot read an object must not keep the others from the cache. */
  #keysOf(index: Index, object: KubeObject): readonly string[] {
    try {
      return index.keys(object);
    } catch (error) {
      const { kind, metadata } = object;
      const { namespace, name } = metadata;
      this.#environment.log.error('an index could not read an object, which is not found by it', {
        index: index.name,
        kind,
        namespace,
        name,
        error: describe(error),
      });
      return [];
    }
  }

  #informersOf(group: Group): Informer[] {
    const { scope, store } = group;
    const notify = (change: Change): void => {
      this.#notify(group, change);
    };
    const namespaces = scope.type.namespaced ? this.#namespaces : [undefined];
    return namespaces.map(
      (namespace) => new Informer({ ...scope, namespace }, store, this.#environment, notify),
    );
  }

  #notify({ scope, listeners }: Group, change: Change): void {
    for (const listener of listeners)
      try {
        listener(change);
      } catch (error) {
        // A controller's mapping that fails must not cost the others their event.
        this.#environment.log.error('a change could not be passed on', {
          watched: scope.type.plural,
          error: describe(error),
        });
      }
  }
}

/** One list of several selections; of an object that is in more than one, the first counts. */
function merged(lists: readonly KubeObject[][]): KubeObject[] {
  const [only = []] = lists;
  if (lists.length <= 1) return only;
  const found = new Map<string, KubeObject>();
  for (const object of lists.flat()) {
    const id = keyId(keyOf(object));
    if (!found.has(id)) found.set(id, object);
  }
  return [...found.values()];
}
