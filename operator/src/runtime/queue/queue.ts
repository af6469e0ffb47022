import { backoffMs, RECONCILE_BACKOFF, type BackoffLimits } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { askedPatienceMs } from '../errors.ts';
import { keyId } from '../keys.ts';
import type { ObjectKey } from '../kube.ts';

export interface QueueOptions {
  /** How many keys run at once. */
  concurrency: number;
  clock: Clock;
  random: () => number;
  backoff?: BackoffLimits;
  /** Handles one key; resolves to milliseconds after which to run it again, if any. A throw means backoff. */
  run(key: ObjectKey): Promise<number | undefined>;
  /** Called with every throw of `run` and what comes of it. */
  onFailure(key: ObjectKey, error: unknown, failures: number): void;
  onDepth?(depth: number): void;
  onLatency?(seconds: number): void;
}

export interface AddOptions {
  /** The object itself was changed by its user: do not wait for the end of its backoff. */
  fresh?: boolean;
}

interface Item {
  readonly id: string;
  readonly key: ObjectKey;
  isRunning: boolean;
  /** When it became ready, while it waits for a place. */
  readyAt?: number | undefined;
  /** What was asked for while it ran. */
  again?: AddOptions | undefined;
  timer?: { due: number; cancel: () => void } | undefined;
  failures: number;
  /** End of the current backoff. */
  backoffUntil: number;
  ranAt: number;
}

/** While a key is in its backoff, events may have it tried again, but not more often than this. */
const EAGER_RETRY_MS = 1_000;

/**
 * Work queue over keys: a key is there once however often it is added, never runs twice at once, and runs again after
 * it was added during its run. Failing keys back off; adding them meanwhile inflates neither count nor delay.
 */
export class WorkQueue {
  readonly #options: QueueOptions;
  readonly #backoff: BackoffLimits;
  readonly #items = new Map<string, Item>();
  readonly #ready = new Map<string, Item>();
  readonly #runs = new Set<Promise<void>>();
  #running = 0;
  #isStopped = false;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? RECONCILE_BACKOFF;
  }

  /** Keys that wait for a place. */
  get depth(): number {
    return this.#ready.size;
  }

  /** Whether the key was added since its current run began. */
  isDirty(key: ObjectKey): boolean {
    return this.#items.get(keyId(key))?.again !== undefined;
  }

  /** Failures in a row of the key. */
  failures(key: ObjectKey): number {
    return this.#items.get(keyId(key))?.failures ?? 0;
  }

  add(key: ObjectKey, options: AddOptions = {}): void {
    if (this.#isStopped) return;
    const item = this.#itemOf(key);
    if (item.isRunning) item.again = merge(item.again, options);
    else this.#schedule(item, this.#dueOf(item, options));
    this.#pump();
  }

  /** Adds the key after some milliseconds; of several delays the earliest counts. */
  addAfter(key: ObjectKey, ms: number): void {
    if (this.#isStopped) return;
    this.#schedule(this.#itemOf(key), this.#now() + ms);
    this.#pump();
  }

  /** Takes no more keys and resolves when the running ones are finished. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const item of this.#items.values()) item.timer?.cancel();
    this.#ready.clear();
    await Promise.all(this.#runs);
    this.#items.clear();
    this.#options.onDepth?.(0);
  }

  #itemOf(key: ObjectKey): Item {
    const id = keyId(key);
    const existing = this.#items.get(id);
    if (existing !== undefined) return existing;
    const item = { id, key, isRunning: false, failures: 0, backoffUntil: 0, ranAt: 0 };
    this.#items.set(id, item);
    return item;
  }

  #dueOf(item: Item, options: AddOptions): number {
    if (item.failures === 0 || options.fresh === true) return this.#now();
    return Math.min(item.backoffUntil, item.ranAt + EAGER_RETRY_MS);
  }

  #schedule(item: Item, due: number): void {
    if (item.readyAt !== undefined) {
      this.#enqueue(item);
      return;
    }
    if (due <= this.#now() && !item.isRunning) {
      this.#clearTimer(item);
      this.#enqueue(item);
      return;
    }
    if (item.timer !== undefined && item.timer.due <= due) return;
    this.#clearTimer(item);
    const cancel = this.#options.clock.after(Math.max(0, due - this.#now()), () => {
      item.timer = undefined;
      if (item.isRunning) item.again ??= {};
      else this.#enqueue(item);
      this.#pump();
    });
    item.timer = { due, cancel };
  }

  #enqueue(item: Item): void {
    item.readyAt ??= this.#now();
    this.#ready.set(item.id, item);
  }

  #pump(): void {
    while (!this.#isStopped && this.#running < this.#options.concurrency) {
      const [next] = this.#ready.values();
      if (next === undefined) break;
      this.#begin(next);
    }
    this.#options.onDepth?.(this.depth);
  }

  #begin(item: Item): void {
    const now = this.#now();
    // A run that events brought forward says nothing about how long to wait: it does not count as a failure.
    const isEarly = item.failures > 0 && now < item.backoffUntil;
    this.#options.onLatency?.((now - (item.readyAt ?? now)) / 1_000);
    this.#ready.delete(item.id);
    this.#clearTimer(item);
    item.readyAt = undefined;
    item.again = undefined;
    item.isRunning = true;
    this.#running++;
    const run = this.#run(item, isEarly).finally(() => {
      this.#running--;
      this.#runs.delete(run);
      this.#settle(item);
      this.#pump();
    });
    this.#runs.add(run);
  }

  async #run(item: Item, isEarly: boolean): Promise<void> {
    try {
      const requeueMs = await this.#options.run(item.key);
      item.failures = 0;
      if (requeueMs !== undefined && !this.#isStopped) this.#schedule(item, this.#now() + requeueMs);
    } catch (error) {
      if (!isEarly) {
        item.failures++;
        const waitMs = backoffMs(item.failures, this.#backoff, this.#options.random);
        item.backoffUntil =
          this.#now() + Math.max(waitMs, Math.min(askedPatienceMs(error), this.#backoff.capMs));
      }
      this.#options.onFailure(item.key, error, item.failures);
      if (!this.#isStopped) this.#schedule(item, Math.max(item.backoffUntil, this.#now() + 1));
    }
  }

  #settle(item: Item): void {
    item.isRunning = false;
    item.ranAt = this.#now();
    if (this.#isStopped) return;
    const { again } = item;
    item.again = undefined;
    if (again !== undefined) this.#schedule(item, this.#dueOf(item, again));
    if (item.timer === undefined && item.readyAt === undefined) this.#items.delete(item.id);
  }

  #clearTimer(item: Item): void {
    item.timer?.cancel();
    item.timer = undefined;
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }
}

function merge(a: AddOptions | undefined, b: AddOptions): AddOptions {
  return { fresh: a?.fresh === true || b.fresh === true };
}
