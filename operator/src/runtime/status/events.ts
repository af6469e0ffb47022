import type { KubeClient } from '../client/client.ts';
import type { Clock } from '../clock.ts';
import type { EventNote, Logger } from '../controller.ts';
import { digest } from '../apply/digest.ts';
import { describe, isStatus } from '../errors.ts';
import type { AnyObject, KubeObject } from '../kube.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface EventsOptions {
  client: KubeClient;
  clock: Clock;
  metrics: Metrics;
  log: Logger;
  /** This process, as `reportingInstance`. */
  identity: string;
  signal: AbortSignal;
}

interface Known {
  name: string;
  count: number;
  isCurrent: boolean;
}

interface Book {
  notes: Map<string, Known>;
  /** Events that may still be written, refilled over time. */
  tokens: number;
  refilledAt: number;
}

/** As client-go's spam filter in kind, stricter in number: a burst, then one every five minutes for each object. */
const BURST = 10;
const REFILL_MS = 300_000;
/** Notes remembered for each object. */
const REMEMBERED = 50;
const NOTE_LIMIT = 1_024;

/** Writes events.k8s.io/v1 events: a note when it begins to hold, a series when it comes back, nothing at rest. Never throws. */
export class EventRecorder {
  readonly #options: EventsOptions;
  readonly #books = new Map<string, Book>();

  constructor(options: EventsOptions) {
    this.#options = options;
  }

  /** `notes` are all that hold now. */
  async record(regarding: KubeObject, notes: readonly EventNote[]): Promise<void> {
    const book = this.#bookOf(regarding);
    const current = new Map(notes.map((note) => [idOf(note), note]));
    for (const [id, known] of book.notes) known.isCurrent &&= current.has(id);
    for (const [id, note] of current) await this.#emit(book, id, regarding, note);
  }

  /** Further notes that hold, beside those of the last {@link record}: of a run that failed before it knew all. */
  async add(regarding: KubeObject, notes: readonly EventNote[]): Promise<void> {
    const book = this.#bookOf(regarding);
    for (const note of notes) await this.#emit(book, idOf(note), regarding, note);
  }

  forget(uid: string): void {
    this.#books.delete(uid);
  }

  async #emit(book: Book, id: string, regarding: KubeObject, note: EventNote): Promise<void> {
    const known = book.notes.get(id);
    if (known?.isCurrent === true || !this.#takeToken(book)) return;
    const { log, metrics } = this.#options;
    const next: Known = known ?? { name: eventName(regarding, id), count: 0, isCurrent: false };
    book.notes.delete(id);
    book.notes.set(id, next);
    if (book.notes.size > REMEMBERED) book.notes.delete([...book.notes.keys()][0] ?? '');
    next.count++;
    try {
      await this.#write(next, regarding, note);
      next.isCurrent = true;
    } catch (error) {
      // Tried again with the next run, as far as there are tokens.
      next.count--;
      metrics.eventsFailed.inc();
      log.warn('an event could not be written', { reason: note.reason, error: describe(error) });
    }
  }

  async #write(known: Known, regarding: KubeObject, note: EventNote): Promise<void> {
    const { client, signal } = this.#options;
    const event = this.#eventOf(known, regarding, note);
    const call = { signal, timeoutMs: 5_000 };
    if (known.count === 1) {
      try {
        await client.create(event, call);
        return;
      } catch (error) {
        // Written before this process was started: it goes on as a series.
        if (!isStatus(error, 409)) throw error;
        known.count++;
      }
    }
    try {
      await client.mergePatch(this.#seriesOf(known, event), call);
    } catch (error) {
      // Events are dropped after an hour.
      if (!isStatus(error, 404)) throw error;
      known.count = 1;
      await client.create(event, call);
    }
  }

  #eventOf(known: Known, regarding: KubeObject, note: EventNote): AnyObject {
    const { apiVersion, kind, metadata } = regarding;
    const { namespace, name, uid, resourceVersion } = metadata;
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: known.name, namespace: namespace ?? 'default' },
      eventTime: microTime(this.#options.clock.wall()),
      reportingController: 'careplane.dev/operator',
      reportingInstance: this.#options.identity.slice(0, 128),
      action: 'Reconcile',
      type: note.type,
      reason: note.reason,
      note: note.message.slice(0, NOTE_LIMIT),
      regarding: { apiVersion, kind, namespace, name, uid, resourceVersion },
    };
  }

  #seriesOf(known: Known, { apiVersion, kind, metadata }: AnyObject): AnyObject {
    const lastObservedTime = microTime(this.#options.clock.wall());
    return { apiVersion, kind, metadata, series: { count: Math.max(2, known.count), lastObservedTime } };
  }

  #bookOf(regarding: KubeObject): Book {
    const uid = regarding.metadata.uid ?? '';
    const now = this.#options.clock.monotonic();
    const book = this.#books.get(uid) ?? { notes: new Map<string, Known>(), tokens: BURST, refilledAt: now };
    this.#books.set(uid, book);
    const refill = Math.floor((now - book.refilledAt) / REFILL_MS);
    book.tokens = Math.min(BURST, book.tokens + refill);
    book.refilledAt += refill * REFILL_MS;
    return book;
  }

  #takeToken(book: Book): boolean {
    if (book.tokens < 1) return false;
    book.tokens--;
    return true;
  }
}

function idOf({ type, reason, message }: EventNote): string {
  return `${type} ${reason} ${message}`;
}

/** The same note of the same object has the same name, also after a restart. */
function eventName(regarding: KubeObject, id: string): string {
  const hash = digest([regarding.metadata.uid, id])
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, 'x')
    .slice(0, 16);
  return `${regarding.metadata.name}.${hash}x`;
}

/** `metav1.MicroTime`. */
function microTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`;
}
