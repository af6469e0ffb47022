import { spread } from '../backoff.ts';
import { pause } from '../clock.ts';
import { describe, isStatus } from '../errors.ts';
import { Informer } from '../cache/informer.ts';
import type { InformerEnvironment } from '../cache/informer-options.ts';
import { typeId } from '../keys.ts';
import type { ResourceType } from '../kube.ts';
import { ObjectStore } from '../cache/store.ts';

export const definitions: ResourceType = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

/** `unknown`: nobody may tell us. */
export type DefinitionState = 'serving' | 'terminating' | 'gone' | 'unknown';

export interface DefinitionsOptions extends InformerEnvironment {
  onTurn: (type: ResourceType, state: DefinitionState) => void;
}

/** Rights may be given later. */
const ASK_AGAIN_MS = 600_000;
const RETRY_MS = 2_000;

interface Followed {
  type: ResourceType;
  name: string;
  state: DefinitionState;
  informer?: Informer;
  /** Whether the state is known, or known not to be known. */
  isSettled: boolean;
}

/**
 * Follows the definitions of our kinds: while one is terminating, the API server deletes all its objects, which nobody wishes.
 * Without the right to read them (namespaced Roles only) it says so once and goes on.
 */
export class Definitions {
  readonly #options: DefinitionsOptions;
  readonly #followed: readonly Followed[];
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #hasComplained = false;

  constructor(options: DefinitionsOptions, types: readonly ResourceType[]) {
    this.#options = options;
    this.#followed = types.map((type) => ({
      type,
      name: `${type.plural}.${type.apiVersion.split('/', 1)[0] ?? ''}`,
      state: 'unknown',
      isSettled: false,
    }));
  }

  start(): void {
    this.#running = Promise.all(this.#followed.map((followed) => this.#follow(followed)));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    for (const { informer } of this.#followed) await informer?.stop();
  }

  /** Kinds about whose definition nothing has been heard yet. */
  unsettled(): string[] {
    return this.#followed
      .filter(({ isSettled, informer }) => !isSettled && informer?.isSynced !== true)
      .map(({ type }) => type.kind);
  }

  stateOf(type: ResourceType): DefinitionState {
    return this.#followed.find((followed) => typeId(followed.type) === typeId(type))?.state ?? 'unknown';
  }

  /** Whether objects of the kind must be left alone. */
  isGoing(type: ResourceType): boolean {
    const state = this.stateOf(type);
    return state === 'terminating' || state === 'gone';
  }

  async #follow(followed: Followed): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const answer = await this.#mayRead(followed);
      followed.isSettled = answer !== 'unanswered';
      if (answer === 'yes') {
        this.#watch(followed);
        return;
      }
      await pause(clock, spread(answer === 'no' ? ASK_AGAIN_MS : RETRY_MS, random), signal);
    }
  }

  async #mayRead({ name }: Followed): Promise<'yes' | 'no' | 'unanswered'> {
    const { client, log } = this.#options;
    try {
      // A list of one, since the right to `get` says nothing about `list`.
      await client.listPage(
        definitions,
        { fieldSelector: `metadata.name=${name}`, metadataOnly: true, limit: 1 },
        { signal: this.#stop.signal },
      );
      return 'yes';
    } catch (error) {
      if (isStatus(error, 403) || isStatus(error, 404)) {
        this.#complain(name);
        return 'no';
      }
      if (!this.#stop.signal.aborted)
        log.warn('a definition cannot be read', { definition: name, error: describe(error) });
      return 'unanswered';
    }
  }

  #complain(name: string): void {
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    this.#options.log.warn('definitions cannot be read: a terminating one will not be noticed', {
      definition: name,
      needs: 'get, list and watch of customresourcedefinitions by resourceNames',
    });
  }

  #watch(followed: Followed): void {
    const store = new ObjectStore();
    const turn = (): void => {
      this.#turn(followed, stateIn(store, followed.name));
    };
    const scope = { type: definitions, fieldSelector: `metadata.name=${followed.name}`, metadataOnly: true };
    followed.isSettled = false;
    followed.informer = new Informer(scope, store, this.#options, turn);
    followed.informer.start();
  }

  #turn(followed: Followed, state: DefinitionState): void {
    if (followed.state === state) return;
    const { log, onTurn } = this.#options;
    const isTrouble = state !== 'serving';
    log[isTrouble ? 'error' : 'info'](
      isTrouble ? 'a definition is going: its kind is left alone' : 'a definition serves',
      {
        definition: followed.name,
        state,
      },
    );
    followed.state = state;
    onTurn(followed.type, state);
  }
}

function stateIn(store: ObjectStore, name: string): DefinitionState {
  const found = store.get({ name })?.object;
  if (found === undefined) return 'gone';
  return found.metadata.deletionTimestamp === undefined ? 'serving' : 'terminating';
}
