import type { Logger } from '../controller.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Of an informer. */
interface Scope {
  namespace?: string | undefined;
}

/** What an informer reports about its right to read a kind in its namespace. Informers are told apart by their scope. */
export interface Rights {
  /** The API server refuses the list. Resolves when nothing is under way in the namespace any more. */
  lost(scope: Scope): Promise<void>;
  /** The list is complete again. */
  regained(scope: Scope): void;
}

export interface NamespaceRightsOptions {
  metrics: Metrics;
  log: Logger;
  /** Resolves when nothing is under way in the namespace; nothing new is begun there. */
  idle: (namespace: string) => Promise<void>;
  /** The first kind of the namespace cannot be read. */
  onLost: (namespace: string) => void;
  /** Every kind of the namespace can be read and is listed. */
  onRegained: (namespace: string) => void;
}

/**
 * Named namespaces in which the operator may not read every kind it needs: the namespace is gone, and its Role with it, or
 * the Role alone. Such a namespace is left alone; the others go on.
 */
export class NamespaceRights implements Rights {
  readonly #options: NamespaceRightsOptions;
  readonly #unreadable = new Map<string, Set<object>>();

  constructor(options: NamespaceRightsOptions) {
    this.#options = options;
  }

  isLost(namespace: string | undefined): boolean {
    return namespace !== undefined && this.#unreadable.has(namespace);
  }

  /** The namespaces that are left alone now. */
  lostNamespaces(): string[] {
    return [...this.#unreadable.keys()].sort();
  }

  async lost(scope: Scope): Promise<void> {
    const { namespace = '' } = scope;
    const { metrics, log, idle, onLost } = this.#options;
    const known = this.#unreadable.get(namespace);
    if (known === undefined) {
      this.#unreadable.set(namespace, new Set([scope]));
      metrics.namespaceForbidden.set({ namespace }, 1);
      log.error('a namespace may not be read and is left alone: it is gone, or its RoleBinding is', {
        namespace,
      });
      onLost(namespace);
    } else known.add(scope);
    await idle(namespace);
  }

  regained(scope: Scope): void {
    const { namespace = '' } = scope;
    const { metrics, log, onRegained } = this.#options;
    const unreadable = this.#unreadable.get(namespace);
    if (unreadable?.delete(scope) !== true || unreadable.size > 0) return;
    this.#unreadable.delete(namespace);
    metrics.namespaceForbidden.remove({ namespace });
    log.info('a namespace can be read again', { namespace });
    onRegained(namespace);
  }
}
