import { backoffMs, spread, type BackoffLimits } from '../backoff.ts';
import type { Selection } from '../client/client.ts';
import { pause } from '../clock.ts';
import { askedPatienceMs, describe, isStatus, type ApiError } from '../errors.ts';
import { keyOf } from '../keys.ts';
import type { KubeObject } from '../kube.ts';
import { fieldsOf, type InformerEnvironment, type InformerScope } from './informer-options.ts';
import { entryOf } from './entry.ts';
import { withIdleTimeout } from './idle-timeout.ts';
import { NamespaceBackfill } from './namespace-backfill.ts';
import type { Change, ObjectStore } from './store.ts';
import {
  canResume,
  Disordered,
  endingOf,
  isSpoilt,
  isTrouble,
  Joined,
  needsPause,
  orderOf,
  Outdated,
  type WatchEnding,
} from './watch-ending.ts';
import type { WatchEvent } from './watch-event.ts';

const PAGE = 500;
const RETRY: BackoffLimits = { baseMs: 200, capMs: 30_000 };
/** A `Retry-After` of more than this is a mistake of somebody on the way: nobody may be deaf for a day. */
const PATIENCE_LIMIT_MS = 60_000;
/** A watch that lasted so long ends a row of failures. */
const GOOD_WATCH_MS = 10_000;
/** So many watches in a row that break before they bring anything: what they resume from is listed instead. */
const SPOILT_LIMIT = 3;
const MISSING_KIND_MS = 60_000;
/** One watch (milliseconds), spread, so that the watches of many informers do not end together. */
const WATCH_MS = 400_000;
/** Share of the silence limit for kinds without bookmarks (Events): only the end of the watch is a sign of life. */
const SILENT_WATCH_SHARE = 0.6;

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
  #isForbidden = false;
  /** When the store is to be compared with the server, on the monotonic scale. */
  #listAgainAt = 0;
  readonly #backfill = new NamespaceBackfill();
  #attempt: AbortController | undefined;
  #hasBookmarks = false;
  #failures = 0;
  #spoilt = 0;
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

  /** Whether its namespace may not be read: there is no list to wait for. */
  get isForbidden(): boolean {
    return this.#isForbidden;
  }

  /** Up to which resource version the store is known to be complete. */
  get seenVersion(): string | undefined {
    return this.#version;
  }

  /** Milliseconds since the server was last heard. */
  silenceMs(): number {
    return this.#now() - this.#heardAt;
  }

  /** Lists what is in the namespace now: it is admitted from now on. */
  join(namespace: string): void {
    this.#backfill.add(namespace);
    this.#attempt?.abort(new Joined());
  }

  /** Lists everything, instead of waiting for what the watch says. */
  relist(): void {
    this.#listAgainAt = 0;
    this.#attempt?.abort(new Outdated());
  }

  start(): void {
    this.#running = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#attempt?.abort();
    await this.#running;
  }

  async #follow(): Promise<void> {
    while (!this.#isStopped()) {
      if (this.#now() >= this.#listAgainAt) {
        await this.#tryList(() => this.#list());
        continue;
      }
      const joined = this.#backfill.next();
      if (joined !== undefined) {
        await this.#tryList(() => this.#listJoined(joined));
        continue;
      }
      const startedAt = this.#now();
      const { ending, error } = await this.#watchOnce();
      if (this.#isStopped()) return;
      this.#environment.metrics.watchRestarts.inc({ kind: this.scope.type.kind, reason: ending });
      if (!canResume(ending) || this.#spoilt >= SPOILT_LIMIT) this.#listAgainAt = 0;
      const lastedMs = this.#now() - startedAt;
      if (lastedMs >= GOOD_WATCH_MS) this.#failures = 0;
      if (needsPause(ending, lastedMs)) await this.#waitAfterFailure(error);
    }
  }

  async #tryList(list: () => Promise<void>): Promise<void> {
    try {
      await list();
    } catch (error) {
      this.#listAgainAt = 0;
      if (this.#isStopped()) return;
      if (this.scope.optional === true && (isStatus(error, 404) || isStatus(error, 403))) {
        await this.#doWithout(error);
        return;
      }
      if (isStatus(error, 403)) await this.#forgetForbidden();
      this.#environment.log.warn('the list failed', { ...fieldsOf(this.scope), error: describe(error) });
      await this.#waitAfterFailure(error);
    }
  }

  async #list(): Promise<void> {
    const { relistMs, random } = this.#environment;
    this.#listAgainAt = this.#now() + spread(relistMs, random);
    // Whoever joins from now on may have missed the pages before.
    this.#backfill.clear();
    const { version, gone } = await this.#fill(this.scope.namespace);
    this.#version = version;
    this.#spoilt = 0;
    this.#isSynced = true;
    for (const change of gone) this.#tell(change);
    if (this.#isForbidden) this.#environment.rights?.regained(this.scope);
    this.#isForbidden = false;
  }

  async #listJoined(namespace: string): Promise<void> {
    const { version, gone } = await this.#fill(namespace);
    this.#backfill.listed(namespace, version);
    for (const change of gone) this.#tell(change);
  }

  /** Pages go into the store as they come; only at the end is known what is gone and up to where it is complete. */
  async #fill(namespace: string | undefined): Promise<{ version: string; gone: Change[] }> {
    const replacement = this.#store.replacing(namespace);
    let token: string | undefined;
    let version: string;
    do {
      const selection = { ...this.#selection(), namespace, limit: PAGE, continue: token };
      const page = await this.#environment.client.listPage(this.scope.type, selection, {
        signal: this.#stop.signal,
      });
      this.#hear();
      for (const object of page.objects)
        if (this.#admits(object)) this.#tell(replacement.take(entryOf(object, this.scope)));
      version = page.resourceVersion;
      token = page.continue;
    } while (token !== undefined);
    return { version, gone: replacement.finish() };
  }

  async #watchOnce(): Promise<{ ending: WatchEnding; error?: unknown }> {
    const { clock, random, client, silenceLimitMs: limitMs, log } = this.#environment;
    const attempt = new AbortController();
    this.#attempt = attempt;
    const watchMs = this.#hasBookmarks ? WATCH_MS : Math.min(WATCH_MS, SILENT_WATCH_SHARE * limitMs);
    const hearing = { clock, limitMs, silenceMs: () => this.silenceMs() };
    const cancel = clock.after(this.#listAgainAt - this.#now(), () => {
      attempt.abort(new Outdated());
    });
    try {
      await withIdleTimeout(hearing, attempt, (signal) =>
        client.watch(this.scope.type, {
          ...this.#selection(),
          resourceVersion: this.#version ?? '',
          timeoutSeconds: Math.round(spread(watchMs, random) / 1_000),
          signal,
          onEvent: (event) => {
            this.#take(event);
          },
        }),
      );
      this.#hear();
      return { ending: 'ended' };
    } catch (error) {
      const ending = endingOf(error);
      if (isSpoilt(error)) this.#spoilt++;
      if (!this.#isStopped() && isTrouble(ending))
        log.warn('the watch broke', { ...fieldsOf(this.scope), reason: ending, error: describe(error) });
      return { ending, error };
    } finally {
      cancel();
    }
  }

  #take(event: WatchEvent): void {
    this.#hear();
    this.#hasBookmarks ||= event.type === 'BOOKMARK';
    const { object } = event;
    const order = orderOf(event, this.#version, this.#store.get(keyOf(object)));
    if (order === 'repeated') return;
    if (order === 'wrong') throw new Disordered(event, this.#version ?? '');
    this.#spoilt = 0;
    // First the version: whoever is called back may ask how far the store is.
    this.#version = object.metadata.resourceVersion;
    if (this.#backfill.hasSeen(object)) return;
    if (event.type === 'DELETED') this.#tell(this.#store.delete(keyOf(object)));
    else if (event.type !== 'BOOKMARK' && this.#admits(object))
      this.#tell(this.#store.put(entryOf(object, this.scope)));
  }

  #tell(change: Change | undefined): void {
    if (change !== undefined) this.#onChange(change);
  }

  #admits({ metadata }: KubeObject): boolean {
    return this.#environment.admits?.(metadata.namespace) ?? true;
  }

  /** A kind that is not served is empty. Of one that may not be read any more, what was read before is the best that is known. */
  async #doWithout(error: ApiError): Promise<void> {
    const { clock, random, log } = this.#environment;
    const isForbidden = error.status === 403;
    if (isForbidden && !this.#isSynced)
      log.warn('may not be read, and is done without', { ...fieldsOf(this.scope), error: describe(error) });
    this.#isSynced = true;
    this.#hear();
    if (!isForbidden) for (const change of this.#store.replace(this.scope.namespace, [])) this.#tell(change);
    await pause(clock, spread(MISSING_KIND_MS, random), this.#stop.signal);
  }

  /** A namespace that may not be read is most often gone. First all work there ends: half of it must not be judged. */
  async #forgetForbidden(): Promise<void> {
    const { rights } = this.#environment;
    const { namespace } = this.scope;
    if (rights === undefined || namespace === undefined) return;
    this.#isForbidden = true;
    this.#hear();
    await rights.lost(this.scope);
    for (const change of this.#store.replace(namespace, [])) this.#tell(change);
  }

  async #waitAfterFailure(error: unknown): Promise<void> {
    const { clock, random } = this.#environment;
    this.#failures++;
    const asked = Math.min(askedPatienceMs(error), PATIENCE_LIMIT_MS);
    const waitMs = Math.max(backoffMs(this.#failures, RETRY, random), asked);
    await pause(clock, waitMs, this.#stop.signal);
  }

  #selection(): Selection {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = this.scope;
    return { namespace, labelSelector, fieldSelector, metadataOnly };
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  #hear(): void {
    this.#heardAt = this.#now();
  }

  #now(): number {
    return this.#environment.clock.monotonic();
  }
}
