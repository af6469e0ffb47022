import { Informer } from './informer.ts';
import type { InformerEnvironment } from './informer-options.ts';
import type { ResourceType } from '../kube.ts';
import { ObjectStore, type Change } from './store.ts';

export const namespaces: ResourceType = {
  apiVersion: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};

export interface NamespaceScopeOptions extends InformerEnvironment {
  /** Label selector, as in `kubectl -l`. */
  selector: string;
  /** The namespace is ours from now on: its objects have to be listed. */
  onTaken: (namespace: string) => void;
  /** Resolves when nothing is under way in the namespace any more; nothing new is begun there. */
  idle: (namespace: string) => Promise<void>;
  /** The namespace is somebody else's: its objects have to be forgotten. */
  onLeft: (namespace: string) => void;
}

/**
 * The namespaces of a shard: those whose labels match. One that leaves is let go in two steps: nothing new begins, and when
 * all that is under way has ended, everything is forgotten at once, so that no object is judged half forgotten.
 */
export class NamespaceScope {
  readonly #options: NamespaceScopeOptions;
  readonly #store = new ObjectStore();
  readonly #informer: Informer;
  readonly #leaving = new Map<string, Promise<void>>();

  constructor(options: NamespaceScopeOptions) {
    this.#options = options;
    const scope = { type: namespaces, labelSelector: options.selector, metadataOnly: true };
    this.#informer = new Informer(scope, this.#store, { ...options, admits: undefined }, (change) => {
      this.#take(change);
    });
  }

  get isSynced(): boolean {
    return this.#informer.isSynced;
  }

  /** Whether objects of the namespace are worked on. Cluster-scoped ones (no namespace) are everybody's. */
  owns(namespace: string | undefined): boolean {
    return namespace === undefined || this.#store.get({ name: namespace }) !== undefined;
  }

  /** Whether objects of the namespace are cached: also until all that is under way there has ended. */
  admits(namespace: string | undefined): boolean {
    return this.owns(namespace) || (namespace !== undefined && this.#leaving.has(namespace));
  }

  start(): void {
    this.#informer.start();
  }

  async stop(): Promise<void> {
    await this.#informer.stop();
    await Promise.all(this.#leaving.values());
  }

  #take({ type, object }: Change): void {
    const { name } = object.metadata;
    if (type === 'deleted') this.#leave(name);
    else if (type === 'added') this.#enter(name);
  }

  #enter(namespace: string): void {
    this.#options.log.info('a namespace is ours', { namespace });
    this.#options.onTaken(namespace);
  }

  #leave(namespace: string): void {
    this.#options.log.info('a namespace is not ours any more', { namespace });
    if (this.#leaving.has(namespace)) return;
    const left = this.#options.idle(namespace).then(() => {
      this.#leaving.delete(namespace);
      // It came back while the last work ended.
      if (!this.owns(namespace)) this.#options.onLeft(namespace);
    });
    this.#leaving.set(namespace, left);
  }
}
