import type { KubeObject } from '../kube.ts';
import { isNewer } from '../keys.ts';

/** Namespaces that joined an informer's scope: each is listed by itself; the watch goes on from before that list. */
export class NamespaceBackfill {
  readonly #waiting = new Set<string>();
  /** Version of each namespace's list, until the watch has come so far. */
  readonly #listed = new Map<string, string>();

  /** Has the namespace listed. */
  add(namespace: string): void {
    this.#waiting.add(namespace);
  }

  /** The namespace to list next; from now on another {@link add} has it listed once more. */
  next(): string | undefined {
    const [namespace] = this.#waiting;
    if (namespace !== undefined) this.#waiting.delete(namespace);
    return namespace;
  }

  listed(namespace: string, version: string): void {
    this.#listed.set(namespace, version);
  }

  /** Whether the event's object is as it was before its namespace was listed. Versions of events rise. */
  hasSeen({ metadata }: KubeObject): boolean {
    for (const [namespace, version] of this.#listed)
      if (isNewer(metadata.resourceVersion, version)) this.#listed.delete(namespace);
    return metadata.namespace !== undefined && this.#listed.has(metadata.namespace);
  }

  /** Everything is listed now. */
  clear(): void {
    this.#waiting.clear();
    this.#listed.clear();
  }
}
