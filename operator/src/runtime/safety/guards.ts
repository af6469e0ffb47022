import type { KubeClient } from '../client/client.ts';
import type { AnyController } from '../controller.ts';
import { definitionNote } from './definition-note.ts';
import { Definitions, type DefinitionState } from './definitions.ts';
import { massDeletionNote } from './deletion-conditions.ts';
import type { MassDeletionLimits } from './deletion-book.ts';
import { DeletionGuard, type HeldDeletions } from './deletion-guard.ts';
import type { InformerEnvironment } from '../cache/informer.ts';
import type { Informers } from '../cache/informers.ts';
import { isMeantToGo } from './confirmation.ts';
import { isStaying } from '../cache/staying.ts';
import { HeldRecord } from './held-record.ts';
import { keyOf, typeId } from '../keys.ts';
import type { KubeObject, ResourceType } from '../kube.ts';
import { NamespaceScope, namespaces } from '../cache/namespace-scope.ts';
import { isPaused } from './pause.ts';
import { RecordKeeper } from './record-keeper.ts';
import type { ReconcileTerm } from '../term.ts';
import { wakeDependents } from '../wiring.ts';

export interface GuardsOptions {
  controllers: readonly AnyController[];
  environment: InformerEnvironment;
  /** Absent: deletions are never held because of their number. */
  massDeletion: MassDeletionLimits | undefined;
  /** Label selector over namespaces; empty: all. */
  namespaceSelector: string;
  /** Where to look; empty means everywhere. */
  namespaces: readonly string[];
  lease: { namespace: string; name: string };
  informers: () => Informers;
  /** Who leads now. */
  current: () => ReconcileTerm | undefined;
  /** Resolves when nothing of the namespace is under way. */
  idle: (namespace: string) => Promise<void>;
}

/** Everything that keeps the machinery from acting on what it sees: definitions that go, mass deletions, other shards. */
export class Guards {
  readonly deletions: DeletionGuard;
  readonly #options: GuardsOptions;
  readonly #definitions: Definitions;
  readonly #scope: NamespaceScope | undefined;
  readonly #types: readonly ResourceType[];
  readonly #told = new Map<string, string>();
  readonly #record: HeldRecord;
  #keeper: RecordKeeper | undefined;
  #isRecalled = false;

  constructor(options: GuardsOptions) {
    const { environment, namespaceSelector, massDeletion, controllers } = options;
    const { clock, log, client } = environment;
    this.#options = options;
    this.#types = controllers.map(({ type }) => type);
    this.deletions = new DeletionGuard(
      {
        limits: massDeletion,
        clock,
        log,
        confirms: async (name) => isMeantToGo(await client.get(namespaces, { name }), clock.wall()),
        onTurn: (type, objects) => {
          this.#onTurn(type, objects);
        },
        onHeld: (held) => {
          this.#onHeld(held);
        },
        onChange: () => {
          this.#keeper?.touch();
        },
      },
      this.#types,
    );
    this.#record = new HeldRecord({ client, clock, log, lease: options.lease });
    this.#definitions = new Definitions(
      {
        ...environment,
        onTurn: (type, state) => {
          this.#onDefinition(type, state);
        },
      },
      this.#types,
    );
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
          // What was dropped looked like deletions: before anybody judges them, they are forgotten.
          this.deletions.forgetNamespace(namespace);
        },
      });
  }

  /** Whether objects of the namespace are cached. */
  readonly admits = (namespace: string | undefined): boolean => this.#scope?.admits(namespace) ?? true;

  /** Why objects of the kind, or of the namespace, must be left alone now. */
  readonly closed = (
    type: ResourceType,
    namespace: string | undefined,
  ): 'foreign' | 'suspended' | undefined => {
    if (this.#scope?.owns(namespace) === false) return 'foreign';
    return this.#definitions.isGoing(type) ? 'suspended' : undefined;
  };

  /** What has to be known before anything else is listed or done. */
  unsettled(): string[] {
    return [...this.#unscoped(), ...(this.#isRecalled ? [] : ['what is held'])];
  }

  /** Whether it is known which namespaces and kinds are ours: before that, what was held cannot be told from others'. */
  get isScoped(): boolean {
    return this.#unscoped().length === 0;
  }

  /**
   * Goes on holding what the record says: before anything is listed, and again before anything is led, since another may
   * have led meanwhile. False when aborted before it was read.
   */
  async recall(signal: AbortSignal): Promise<boolean> {
    const recorded = await this.#record.read(signal);
    if (recorded === undefined) return false;
    for (const type of this.#types) {
      const same = recorded.filter((object) => typeId(object) === typeId(type));
      this.deletions.restore(
        type,
        same.filter((object) => this.#isMissed(type, object)),
      );
    }
    this.#isRecalled = true;
    return true;
  }

  /** Keeps the record from now on, by a client that is fenced. */
  keepRecord(client: KubeClient, signal: AbortSignal): RecordKeeper {
    const { clock, log } = this.#options.environment;
    const keeper = new RecordKeeper({
      clock,
      log,
      held: () => this.deletions.unforgettable(),
      write: (held) => this.#record.write(client, held, signal),
    });
    this.#keeper = keeper;
    keeper.touch();
    return keeper;
  }

  /** Kinds that nothing can be heard about, since they are not served. */
  goingKinds(): string[] {
    return this.#types.filter((type) => this.#definitions.isGoing(type)).map(({ kind }) => kind);
  }

  start(): void {
    this.#definitions.start();
    this.#scope?.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#definitions.stop(), this.#scope?.stop(), this.deletions.stop()]);
  }

  /** Tells what holds now, for a leader that has just begun. */
  announce(): void {
    this.#tellOfDefinitions();
  }

  /** Sets the gauges. */
  measure(): void {
    const { metrics } = this.#options.environment;
    metrics.unrecordedDeletions.set(this.#keeper?.unrecorded ?? 0);
    const held = Map.groupBy(this.deletions.held(), ({ type }) => type.kind);
    for (const type of this.#types) {
      const { kind } = type;
      const count = (held.get(kind) ?? []).reduce((sum, { objects }) => sum + objects.length, 0);
      metrics.heldDeletions.set({ kind }, count);
      metrics.paused.set({ kind }, this.#options.informers().list(type).filter(isPaused).length);
      metrics.definitionGoing.set({ kind }, Number(this.#definitions.isGoing(type)));
    }
  }

  #unscoped(): string[] {
    const scope = this.#scope?.isSynced === false ? ['Namespace'] : [];
    const definitions = this.#definitions.unsettled().map((kind) => `the definition of ${kind}`);
    return [...scope, ...definitions];
  }

  /** Whether the recorded object is ours and has not come back. */
  #isMissed(type: ResourceType, object: KubeObject): boolean {
    const { namespaces: watched, informers } = this.#options;
    const { namespace } = object.metadata;
    const isOurs = watched.length === 0 || (namespace !== undefined && watched.includes(namespace));
    const cached = informers().get(type, keyOf(object));
    return isOurs && this.admits(namespace) && (cached === undefined || !isStaying(cached));
  }

  #onTurn(type: ResourceType, objects: readonly KubeObject[]): void {
    const { controllers, informers, current } = this.#options;
    this.#forgetTold(type);
    const term = current();
    if (term !== undefined)
      for (const object of objects) wakeDependents({ controllers, cache: informers(), term }, type, object);
  }

  #onHeld(held: HeldDeletions): void {
    const note = massDeletionNote(held);
    const { log } = this.#options.environment;
    const id = `${held.type.kind} ${held.namespace}`;
    if (this.#told.get(id) !== note.message) {
      log.error('a mass deletion is held', {
        kind: held.type.kind,
        namespace: held.namespace,
        message: note.message,
      });
      this.#told.set(id, note.message);
    }
    const [first] = held.objects;
    if (first !== undefined) void this.#options.current()?.announce(first, [note]);
  }

  /** Of what is held no more: the next time it is news again. */
  #forgetTold({ kind }: ResourceType): void {
    const held = new Set(this.deletions.held().map(({ type, namespace }) => `${type.kind} ${namespace}`));
    for (const id of this.#told.keys()) if (id.startsWith(`${kind} `) && !held.has(id)) this.#told.delete(id);
  }

  #onDefinition(type: ResourceType, state: DefinitionState): void {
    this.deletions.suspend(type, this.#definitions.isGoing(type));
    this.#tellOfDefinitions();
    if (state === 'serving') this.#options.current()?.wakeAll(type);
  }

  /** A definition has no namespace, and events about such things need a right in `default`: the Lease stands in. */
  #tellOfDefinitions(): void {
    const { lease, current } = this.#options;
    const notes = this.#types
      .filter((type) => this.#definitions.isGoing(type))
      .map((type) => definitionNote(type, this.#definitions.stateOf(type)));
    const regarding = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...lease } };
    void current()?.announce(regarding, notes);
  }
}
