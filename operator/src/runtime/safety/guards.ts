import type { EventNote } from '../controller.ts';
import { definitionNote } from './definition-note.ts';
import type { InformerEnvironment } from '../cache/informer-options.ts';
import type { Informers } from '../cache/informers.ts';
import { NamespaceRights } from '../cache/namespace-rights.ts';
import { NamespaceScope } from '../cache/namespace-scope.ts';
import type { KubeObject, ResourceType } from '../kube.ts';
import { Definitions, type DefinitionState } from './definitions.ts';
import { namespaceNote } from './namespace-note.ts';
import { isPaused } from './pause.ts';

/** What the guards ask of whoever leads; nothing happens while nobody does. */
export interface Leader {
  /** Has all objects of the kind looked at again. */
  wakeAll: (type: ResourceType, namespace?: string) => void;
  /** Tells of something that is nobody's reconcile. `notes` are all that hold of it now. */
  announce: (regarding: KubeObject, notes: readonly EventNote[]) => Promise<void>;
}

export interface GuardsOptions {
  /** Our own kinds. */
  types: readonly ResourceType[];
  environment: InformerEnvironment;
  /** Label selector over namespaces; empty: all. */
  namespaceSelector: string;
  lease: { namespace: string; name: string };
  informers: () => Informers;
  /** Who leads now. */
  current: () => Leader | undefined;
  /** Resolves when nothing of the namespace is under way. */
  idle: (namespace: string) => Promise<void>;
}

/** What keeps the machinery from acting on what it sees: definitions that go, namespaces that may not be read, and other shards. */
export class Guards {
  readonly #options: GuardsOptions;
  readonly #definitions: Definitions;
  readonly #scope: NamespaceScope | undefined;
  /** Which named namespaces may be read. */
  readonly rights: NamespaceRights;

  constructor(options: GuardsOptions) {
    const { environment, namespaceSelector, types } = options;
    this.#options = options;
    const onTurn = (type: ResourceType, state: DefinitionState): void => {
      this.announce();
      if (state === 'serving') options.current()?.wakeAll(type);
    };
    this.#definitions = new Definitions({ ...environment, onTurn }, types);
    this.rights = new NamespaceRights({
      ...environment,
      idle: options.idle,
      onLost: (namespace) => {
        this.announce();
        options.informers().relist(namespace);
      },
      onRegained: (namespace) => {
        this.announce();
        for (const type of types) options.current()?.wakeAll(type, namespace);
      },
    });
    if (namespaceSelector !== '')
      this.#scope = new NamespaceScope({
        ...environment,
        selector: namespaceSelector,
        idle: options.idle,
        onTaken: (namespace) => {
          options.informers().join(namespace);
        },
        onLeft: (namespace) => {
          options.informers().dropNamespace(namespace);
        },
      });
  }

  /** Whether objects of the namespace are cached. */
  readonly admits = (namespace: string | undefined): boolean => this.#scope?.admits(namespace) ?? true;

  /** Whether objects of the kind, or of the namespace, must be left alone now. */
  readonly isSuspended = (type: ResourceType, namespace: string | undefined): boolean =>
    this.#scope?.owns(namespace) === false ||
    this.rights.isLost(namespace) ||
    this.#definitions.isGoing(type);

  /** What has to be known before anything else is listed or done. */
  unsettled(): string[] {
    const scope = this.#scope?.isSynced === false ? ['Namespace'] : [];
    const definitions = this.#definitions.unsettled().map((kind) => `the definition of ${kind}`);
    return [...scope, ...definitions];
  }

  start(): void {
    this.#definitions.start();
    this.#scope?.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#definitions.stop(), this.#scope?.stop()]);
  }

  /** Tells which definitions are going and which namespaces may not be read. Nothing can be written there: the Lease stands in. */
  announce(): void {
    const { lease, current } = this.#options;
    const notes = [
      ...this.#going().map((type) => definitionNote(type, this.#definitions.stateOf(type))),
      ...this.rights.lostNamespaces().map((namespace) => namespaceNote(namespace)),
    ];
    const regarding = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...lease } };
    void current()?.announce(regarding, notes);
  }

  /** Sets the gauges. */
  measure(): void {
    const { environment, types, informers } = this.#options;
    const { metrics } = environment;
    for (const type of types) {
      const { kind } = type;
      metrics.paused.set({ kind }, informers().list(type).filter(isPaused).length);
      metrics.definitionGoing.set({ kind }, Number(this.#definitions.isGoing(type)));
    }
  }

  #going(): ResourceType[] {
    return this.#options.types.filter((type) => this.#definitions.isGoing(type));
  }
}
