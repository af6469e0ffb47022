import type { Cache, Index } from '@careplane/operator/runtime/controller';
import { keyId, keyOf, typeId } from '@careplane/operator/runtime/keys';
import type { KubeObject, ObjectKey, ResourceType } from '@careplane/operator/runtime/kube';
import { ObjectStore } from '@careplane/operator/runtime/cache/store';

/** The cluster at one moment, which can be changed without the cluster knowing. The controllers read it as their cache. */
export class Snapshot implements Cache {
  readonly #stores = new Map<string, ObjectStore>();
  readonly #indexes: readonly Index[];

  constructor(indexes: readonly Index[]) {
    this.#indexes = indexes;
  }

  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): T | undefined {
    return this.#storeOf(type).get(key)?.object as T | undefined;
  }

  list<T extends KubeObject>(
    type: ResourceType<T>,
    namespace?: string,
    labels?: Record<string, string>,
  ): T[] {
    return this.#storeOf(type).list(namespace, labels) as T[];
  }

  byIndex<T extends KubeObject>(index: Index<T>, key: string, namespace?: string): T[] {
    const found = this.#storeOf(index.type).byIndex(index.name, key);
    if (found === undefined) throw new Error(`no controller declares the index ${index.name}`);
    return found.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace) as T[];
  }

  put(object: KubeObject): void {
    const store = this.#storeOf(object);
    store.delete(keyOf(object));
    store.put({ object, owned: undefined });
  }

  remove(type: ResourceType, key: ObjectKey): void {
    this.#storeOf(type).delete(key);
  }

  #storeOf(type: Pick<ResourceType, 'apiVersion' | 'kind'>): ObjectStore {
    const id = typeId(type);
    const known = this.#stores.get(id);
    if (known !== undefined) return known;
    const store = new ObjectStore();
    for (const index of this.#indexes) if (typeId(index.type) === id) store.addIndex(index);
    this.#stores.set(id, store);
    return store;
  }
}

/** One string for an object, whatever its version: `apps/v1/Deployment clinic/gateway`. */
export function objectId(type: Pick<ResourceType, 'apiVersion' | 'kind'>, key: ObjectKey): string {
  return `${typeId(type)} ${keyId(key)}`;
}
