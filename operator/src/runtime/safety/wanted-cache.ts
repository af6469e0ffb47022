import type { Cache, Index } from '../controller.ts';
import type { DeletionGuard } from './deletion-guard.ts';
import { keyId, keyOf } from '../keys.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../kube.ts';
import { hasLabels } from '../cache/store.ts';

/**
 * The cache as controllers see it: objects whose deletion is held are still there, as they were before. Whoever depends
 * on them goes on as if nothing had happened.
 */
export class WantedCache implements Cache {
  readonly #cache: Cache;
  readonly #deletions: Pick<DeletionGuard, 'wanted' | 'wantedOne'>;

  constructor(cache: Cache, deletions: Pick<DeletionGuard, 'wanted' | 'wantedOne'>) {
    this.#cache = cache;
    this.#deletions = deletions;
  }

  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): T | undefined {
    const wanted = this.#deletions.wantedOne(type, key) as T | undefined;
    return wanted ?? this.#cache.get(type, key);
  }

  list<T extends KubeObject>(
    type: ResourceType<T>,
    namespace?: string,
    labels: Record<string, string> = {},
  ): T[] {
    const wanted = this.#wanted(type, namespace).filter((object) => hasLabels(object, labels));
    return preferring(wanted, this.#cache.list(type, namespace, labels));
  }

  byIndex<T extends KubeObject>(index: Index<T>, key: string, namespace?: string): T[] {
    const wanted = this.#wanted(index.type, namespace).filter((object) => index.keys(object).includes(key));
    return preferring(wanted, this.#cache.byIndex(index, key, namespace));
  }

  #wanted<T extends KubeObject>(type: ResourceType<T>, namespace: string | undefined): T[] {
    return this.#deletions.wanted(type, namespace) as T[];
  }
}

/** What is held stands in for what terminates under the same name. */
function preferring<T extends KubeObject>(wanted: T[], cached: T[]): T[] {
  if (wanted.length === 0) return cached;
  const names = new Set(wanted.map((object) => keyId(keyOf(object))));
  return [...cached.filter((object) => !names.has(keyId(keyOf(object)))), ...wanted];
}
