import type { Cache } from './controller.ts';
import { describe } from './errors.ts';
import { Informer, type InformerEnvironment, type InformerScope } from './informer.ts';
import { keyId, keyOf, typeId } from './keys.ts';
import type { KubeObject, ObjectKey, ResourceType } from './kube.ts';
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

  start(): void {
    for (const group of this.#groups.values()) {
      group.informers = this.#informersOf(group);
      for (const informer of group.informers) informer.start();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all().map((informer) => informer.stop()));
  }

  /** Kinds whose first list is not complete. */
  unsynced(): string[] {
    const missing = this.#all().filter((informer) => !informer.isSynced);
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
    const groups = this.#groupsOf(type);
    if (groups.length === 1) return (groups[0]?.store.list(namespace, labels) ?? []) as T[];
    const found = new Map<string, KubeObject>();
    for (const { store } of groups)
      for (const object of store.list(namespace, labels)) {
        const id = keyId(keyOf(object));
        if (!found.has(id)) found.set(id, object);
      }
    return [...found.values()] as T[];
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
    const group = this.#groupsOf(type).find(({ scope }) => scope.ownership === true);
    const informer = group?.informers.find(
      ({ scope }) => scope.namespace === undefined || scope.namespace === key.namespace,
    );
    return { entry: group?.store.get(key), seenVersion: informer?.seenVersion };
  }

  /** Whether the children of this type are cached without their content. */
  isMetadataOnly(type: ResourceType): boolean {
    return this.#groupsOf(type).some(({ scope }) => scope.ownership === true && scope.metadataOnly === true);
  }

  /** Takes in what a write of ours returned, ahead of the watch. */
  learn(type: ResourceType, object: KubeObject): void {
    for (const { store, scope } of this.#groupsOf(type))
      if (scope.labelSelector === undefined && scope.metadataOnly !== true)
        store.put({ object, owned: undefined });
  }

  #all(): Informer[] {
    return [...this.#groups.values()].flatMap(({ informers }) => informers);
  }

  /** Whole objects before metadata only. */
  #groupsOf(type: ResourceType): Group[] {
    return this.#byType.get(typeId(type)) ?? [];
  }

  #group(scope: SharedScope): Group {
    const { type, labelSelector = '', metadataOnly = false } = scope;
    const id = `${typeId(type)} ${labelSelector} ${metadataOnly}`;
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
    return group;
  }

  #informersOf({ scope, store, listeners }: Group): Informer[] {
    const { log } = this.#environment;
    const notify = (change: Change): void => {
      for (const listener of listeners)
        try {
          listener(change);
        } catch (error) {
          // A controller's mapping that fails must not cost the others their event.
          log.error('a change could not be passed on', {
            watched: scope.type.plural,
            error: describe(error),
          });
        }
    };
    const namespaces = scope.type.namespaced ? this.#namespaces : [undefined];
    return namespaces.map(
      (namespace) => new Informer({ ...scope, namespace }, store, this.#environment, notify),
    );
  }
}
