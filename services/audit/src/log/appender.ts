import { backoffMs, describeError, pause, Unavailable } from '@careplane/kit';
import type { Logger } from '@careplane/kit';
import { encodeEntry } from '@careplane/tlog';
import { Binary } from 'mongodb';
import type { EntryBytes } from './batch.ts';
import type { ClearFields, StoredEntry } from './collections.ts';
import { LogBroken } from './log-broken.ts';
import type { Replica } from './replica.ts';
import type { LogStore } from './store.ts';

/** An audit record on its way into the log. */
export interface NewEntry {
  /** Its UUID, in small letters. An id that is in the log already is not appended again, and the record that came first stays. */
  readonly id: string;
  /** The record, encrypted. The log has its hash. */
  readonly sealed: Uint8Array;
  /** What it is found by. */
  readonly index: ClearFields;
}

export interface AppenderParts {
  readonly store: LogStore;
  readonly replica: Replica;
  readonly logger: Logger;
  /** How long a batch is tried, in milliseconds. Default 20 s. */
  readonly patienceMs?: number;
  /** Hears of each batch: its entries, and how long the oldest of them has waited, in seconds. */
  readonly observe: (entries: number, seconds: number) => void;
}

/**
 * How long a batch waits for more entries, in milliseconds. In this time a replica that was overtaken by the last batch has its turn: it only
 * has to insert. Without it the busiest would always be first.
 */
const COLLECT_MS = 15;
const MOST_ENTRIES = 500;
const MOST_BYTES = 4 * 1024 * 1024;
/** A record that is larger is a mistake of whoever made it. */
const LARGEST_RECORD = 1024 * 1024;
/** More than this waits nowhere in memory: whoever appends keeps it and comes again. */
const MOST_WAITING = 64 * 1024 * 1024;
const PATIENCE_MS = 20_000;
/** A replica that is overtaken so often in a row waits longer. */
const COLLISIONS = 20;
const BACKOFF = { baseMs: 10, capMs: 1_000 };

interface Waiting {
  readonly entries: readonly NewEntry[];
  readonly since: number;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Group commit: what is appended at the same time comes into the log as one batch. */
export class Appender {
  readonly #parts: AppenderParts;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #isRunning = false;

  constructor(parts: AppenderParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when all of the entries are in the log, on a majority, under a signed checkpoint.
   * @throws RangeError for an entry that no log can hold; Unavailable when it cannot be done now: then any of them may be in the log, and
   *   all may be appended again
   */
  append(entries: readonly NewEntry[]): Promise<void> {
    if (entries.length === 0) return Promise.resolve();
    const bytes = entries.reduce((sum, { sealed }) => sum + sealed.length, 0);
    const fault = faultOf(entries);
    if (fault !== undefined) return Promise.reject(new RangeError(fault));
    if (this.#bytes > 0 && this.#bytes + bytes > MOST_WAITING)
      return Promise.reject(
        new Unavailable(1, { detail: 'More entries wait for the audit log than it can take' }),
      );
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const done = (): void => {
      resolve(undefined);
    };
    this.#waiting.push({ entries, bytes, since: performance.now(), resolve: done, reject });
    this.#bytes += bytes;
    if (!this.#isRunning) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      await pause(COLLECT_MS);
      await this.#commit(this.#takeGroup());
    }
    this.#isRunning = false;
  }

  /** Never rejects: who waits hears of it. */
  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      const entries = distinct(group.flatMap((one) => one.entries));
      for (const part of partsOf(entries)) await this.#commitPart(part);
      const oldest = Math.min(...group.map(({ since }) => since));
      this.#parts.observe(entries.length, (performance.now() - oldest) / 1000);
      for (const { resolve } of group) resolve();
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      for (const { bytes } of group) this.#bytes -= bytes;
    }
  }

  /** Again and again until it is in the log: each step may be done twice. */
  async #commitPart(entries: readonly NewEntry[]): Promise<void> {
    const until = performance.now() + (this.#parts.patienceMs ?? PATIENCE_MS);
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#commitOnce(entries);
        return;
      } catch (error) {
        this.#parts.logger.warn('audit log: entries are not appended', { attempt, ...describeError(error) });
        if (error instanceof LogBroken || performance.now() > until)
          throw new Unavailable(1, { detail: 'The audit log takes no entries now', cause: error });
        await pause(backoffMs(attempt, BACKOFF));
      }
    }
  }

  async #commitOnce(entries: readonly NewEntry[]): Promise<void> {
    const { store, replica } = this.#parts;
    const there = await store.insertEntries(entries.map(storedOf));
    let left: readonly NewEntry[] = entries;
    // What was stored before may be in the log; an entry that is stored now is not.
    if (there.size > 0) left = await this.#unlogged(left);
    for (let attempt = 0; left.length > 0; attempt += 1) {
      // At once: the one that was first pauses now.
      const result = await replica.append(left.map((entry) => bytesOf(entry, there)));
      if (result === 'appended') return;
      if (attempt === COLLISIONS) throw new Error('other replicas are always first');
      if (result === 'known') left = await this.#unlogged(left);
    }
  }

  async #unlogged(entries: readonly NewEntry[]): Promise<NewEntry[]> {
    const logged = await this.#parts.store.logged(entries.map(({ id }) => id));
    return entries.filter(({ id }) => !logged.has(id));
  }

  #takeGroup(): Waiting[] {
    let entries = 0;
    const next = this.#waiting.findIndex((one) => (entries += one.entries.length) > MOST_ENTRIES);
    return this.#waiting.splice(0, next < 0 ? this.#waiting.length : Math.max(next, 1));
  }
}

function faultOf(entries: readonly NewEntry[]): string | undefined {
  for (const { id, sealed } of entries) {
    if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))
      return 'the id of an entry is a UUID in small letters';
    if (sealed.length > LARGEST_RECORD)
      return `the record of entry ${id} has more than ${LARGEST_RECORD} bytes`;
  }
  return undefined;
}

/** Each id once: as it came first. */
function distinct(entries: readonly NewEntry[]): NewEntry[] {
  const byId = new Map<string, NewEntry>();
  for (const entry of entries) if (!byId.has(entry.id)) byId.set(entry.id, entry);
  return [...byId.values()];
}

function storedOf({ id, sealed, index }: NewEntry): StoredEntry {
  return { _id: id, sealed: new Binary(sealed), index };
}

/** The hash is of what is stored: a record that comes again may have been encrypted anew. */
function bytesOf({ id, sealed }: NewEntry, there: ReadonlyMap<string, Uint8Array>): EntryBytes {
  return encodeEntry(id, there.get(id) ?? sealed);
}

/** What one insert takes. */
function partsOf(entries: readonly NewEntry[]): NewEntry[][] {
  const parts: NewEntry[][] = [];
  let bytes = Infinity;
  for (const entry of entries) {
    const last = parts.at(-1);
    if (last === undefined || last.length >= MOST_ENTRIES || bytes + entry.sealed.length > MOST_BYTES) {
      parts.push([entry]);
      bytes = entry.sealed.length;
    } else {
      last.push(entry);
      bytes += entry.sealed.length;
    }
  }
  return parts;
}
