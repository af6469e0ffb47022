/** Values by id under any number of names: what every index of a store is made of. Empty buckets are dropped. */
export class MultiMap<V> {
  readonly #buckets = new Map<string, Map<string, V>>();

  get(name: string): ReadonlyMap<string, V> | undefined {
    return this.#buckets.get(name);
  }

  add(names: Iterable<string>, id: string, value: V): void {
    for (const name of names) {
      const bucket = this.#buckets.get(name);
      if (bucket === undefined) this.#buckets.set(name, new Map([[id, value]]));
      else bucket.set(id, value);
    }
  }

  remove(names: Iterable<string>, id: string): void {
    for (const name of names) {
      const bucket = this.#buckets.get(name);
      bucket?.delete(id);
      if (bucket?.size === 0) this.#buckets.delete(name);
    }
  }
}
