import { backoffMs, spread, type BackoffLimits } from './backoff.ts';
import type { KubeClient } from './client.ts';
import { pause, type Clock } from './clock.ts';
import type { Logger } from './controller.ts';
import { describe, isStatus } from './errors.ts';
import { keyOf } from './keys.ts';
import type { KubeObject, ResourceType } from './kube.ts';
import type { Metrics } from './metrics.ts';
import { ownershipDigest, slim } from './ownership.ts';
import type { Change, Entry, ObjectStore } from './store.ts';
import type { WatchEvent } from './watch-event.ts';

/** What one informer follows. */
export interface InformerScope {
  type: ResourceType;
  /** Absent: all namespaces. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  metadataOnly?: boolean | undefined;
  /** The kind may be missing from the cluster: then it is empty, and looked for again every minute. */
  optional?: boolean | undefined;
  /** Remember the digest of the fields that we own (children). */
  ownership?: boolean | undefined;
}

export interface InformerEnvironment {
  client: KubeClient;
  clock: Clock;
  random: () => number;
  metrics: Metrics;
  log: Logger;
  /** A watch that says nothing for this long, not even a bookmark, is given up and everything is listed again. */
  silenceLimitMs: number;
}

/** Why a watch was given up. */
class SilentWatch extends Error {}

type Ending = 'ended' | 'expired' | 'silent' | 'error';

const PAGE = 500;
const RETRY: BackoffLimits = { baseMs: 200, capMs: 30_000 };
/** A watch that ends sooner, however politely, must not be begun again at once. */
const SHORT_WATCH_MS = 1_000;
const MISSING_KIND_MS = 60_000;
/** Seconds of one watch, spread, so that the watches of many informers do not end together. */
const WATCH_SECONDS = 400;

/** Keeps a store equal to what the API server has: paged list, then a watch from there, for ever. */
export class Informer {
  readonly scope: InformerScope;
  readonly #store: ObjectStore;
  readonly #environment: InformerEnvironment;
  readonly #onChange: (change: Change) => void;
  readonly #stop = new AbortController();
  #version: string | undefined;
  #heardAt: number;
  #isSynced = false;
  #failures = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(
    scope: InformerScope,
    store: ObjectStore,
    environment: InformerEnvironment,
    onChange: (change: Change) => void,
  ) {
    this.scope = scope;
    this.#store = store;
    this.#environment = environment;
    this.#onChange = onChange;
    this.#heardAt = environment.clock.monotonic();
  }

  /** True from the first complete list on. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Up to which resource version the store is known to be complete. */
  get seenVersion(): string | undefined {
    return this.#version;
  }

  /** Milliseconds since the server was last heard. */
  silenceMs(): number {
    return this.#environment.clock.monotonic() - this.#heardAt;
  }

  start(): void {
    this.#running = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #follow(): Promise<void> {
    let needsList = true;
    while (!this.#isStopped()) {
      if (needsList && !(await this.#tryList())) continue;
      const startedAt = this.#environment.clock.monotonic();
      const ending = await this.#watchOnce();
      if (this.#isStopped()) return;
      this.#environment.metrics.watchRestarts.inc({ kind: this.scope.type.kind, reason: ending });
      needsList = ending === 'expired' || ending === 'silent';
      const isShort = this.#environment.clock.monotonic() - startedAt < SHORT_WATCH_MS;
      if (ending === 'error' || isShort) await this.#waitAfterFailure();
    }
  }

  async #tryList(): Promise<boolean> {
    try {
      await this.#list();
      return true;
    } catch (error) {
      if (this.#isStopped()) return false;
      if (this.scope.optional === true && isStatus(error, 404)) await this.#treatAsEmpty();
      else await this.#reportAndWait('list', error);
      return false;
    }
  }

  async #list(): Promise<void> {
    const { type, namespace, labelSelector, metadataOnly } = this.scope;
    const selection = { namespace, labelSelector, metadataOnly, limit: PAGE };
    const entries: Entry[] = [];
    let token: string | undefined;
    let version: string;
    do {
      const page = await this.#environment.client.listPage(
        type,
        { ...selection, continue: token },
        { signal: this.#stop.signal },
      );
      this.#hear();
      for (const object of page.objects) entries.push(this.#entryOf(object));
      version = page.resourceVersion;
      token = page.continue;
    } while (token !== undefined);
    this.#failures = 0;
    this.#version = version;
    const changes = this.#store.replace(namespace, entries);
    this.#isSynced = true;
    for (const change of changes) this.#onChange(change);
  }

  async #watchOnce(): Promise<Ending> {
    const { clock, random, client, silenceLimitMs } = this.#environment;
    const { type, namespace, labelSelector, metadataOnly } = this.scope;
    const attempt = new AbortController();
    const abort = (): void => {
      attempt.abort();
    };
    this.#stop.signal.addEventListener('abort', abort, { once: true });
    // Silence of this watch; what was before it is no reason to give it up, but stays in the metric.
    const startedAt = clock.monotonic();
    const check = (): void => {
      const quietMs = Math.min(this.silenceMs(), clock.monotonic() - startedAt);
      if (quietMs >= silenceLimitMs) attempt.abort(new SilentWatch());
      else cancel = clock.after(silenceLimitMs - quietMs, check);
    };
    let cancel = clock.after(silenceLimitMs, check);
    try {
      await client.watch(type, {
        namespace,
        labelSelector,
        metadataOnly,
        resourceVersion: this.#version ?? '',
        timeoutSeconds: Math.round(spread(WATCH_SECONDS, random)),
        signal: attempt.signal,
        onEvent: (event) => {
          this.#take(event);
        },
      });
      return 'ended';
    } catch (error) {
      return attempt.signal.reason instanceof SilentWatch ? this.#wasSilent() : this.#endingOf(error);
    } finally {
      cancel();
      this.#stop.signal.removeEventListener('abort', abort);
    }
  }

  #take(event: WatchEvent): void {
    this.#hear();
    this.#failures = 0;
    const { object } = event;
    const version = object.metadata.resourceVersion;
    if (event.type === 'BOOKMARK') {
      this.#version = version;
      return;
    }
    const entry = this.#entryOf(object);
    // First the version: whoever is called back may ask how far the store is.
    this.#version = version;
    const change = event.type === 'DELETED' ? this.#store.delete(keyOf(object)) : this.#store.put(entry);
    if (change !== undefined) this.#onChange(change);
  }

  #entryOf(object: KubeObject): Entry {
    const { type, ownership } = this.scope;
    // List items come without these two, metadata-only ones with others.
    object.apiVersion = type.apiVersion;
    object.kind = type.kind;
    const owned = ownership === true ? ownershipDigest(object.metadata.managedFields) : undefined;
    slim(object);
    return { object, owned };
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  #hear(): void {
    this.#heardAt = this.#environment.clock.monotonic();
  }

  #wasSilent(): Ending {
    const { log, silenceLimitMs } = this.#environment;
    log.warn('the watch was silent, listing again', { ...this.#fields(), limitMs: silenceLimitMs });
    return 'silent';
  }

  #endingOf(error: unknown): Ending {
    if (isStatus(error, 410)) return 'expired';
    if (!this.#isStopped())
      this.#environment.log.warn('the watch broke', { ...this.#fields(), error: describe(error) });
    return 'error';
  }

  async #treatAsEmpty(): Promise<void> {
    this.#isSynced = true;
    this.#hear();
    for (const change of this.#store.replace(this.scope.namespace, [])) this.#onChange(change);
    await pause(
      this.#environment.clock,
      spread(MISSING_KIND_MS, this.#environment.random),
      this.#stop.signal,
    );
  }

  async #reportAndWait(what: string, error: unknown): Promise<void> {
    this.#environment.log.warn(`the ${what} failed`, { ...this.#fields(), error: describe(error) });
    await this.#waitAfterFailure();
  }

  async #waitAfterFailure(): Promise<void> {
    const { clock, random } = this.#environment;
    this.#failures++;
    await pause(clock, backoffMs(this.#failures, RETRY, random), this.#stop.signal);
  }

  #fields(): Record<string, unknown> {
    const { type, namespace, labelSelector } = this.scope;
    return { watched: type.plural, namespace, labelSelector };
  }
}
