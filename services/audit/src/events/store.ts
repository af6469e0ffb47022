import { KeyDestroyed, KeyMissing, keysetOf, Tampered } from '@careplane/kit';
import type {
  AuditEntry,
  Binary,
  Collection,
  Interaction,
  ResourceStore,
  SearchPage,
  SearchQuery,
  Stored,
} from '@careplane/kit';
import type { Names } from '../names/names.ts';
import type { EntryIndex } from '../sealing/sealed-entry.ts';
import type { Protection, Sealer } from '../sealing/sealer.ts';
import { languageOf } from '../words/words.ts';
import type { Telling } from '../words/words.ts';
import { auditFilter } from './search.ts';
import { toAuditEvent, toUnreadableAuditEvent } from './to-audit-event.ts';
import type { UnreadableEntry } from './to-audit-event.ts';

/** An entry as the log stores it, with what this service gave it to be found by. */
export interface Entry {
  readonly _id: string;
  readonly sealed: Binary;
  readonly index: EntryIndex;
}

const SORT_PATHS = { _id: '_id', _lastUpdated: 'index.recorded', date: 'index.recorded' };

export interface EventStoreParts {
  readonly entries: Collection<Entry>;
  readonly sealer: Sealer;
  readonly protection: Protection;
  readonly names: Names;
}

/** An entry as it was opened, or what is left of one that does not open. */
export type Opened = AuditEntry | UnreadableEntry;

export function isReadable(entry: Opened): entry is AuditEntry {
  return !('unreadable' in entry);
}

/** Some entries, in order. */
export interface EntryPage extends Omit<SearchPage<Stored>, 'resources'> {
  readonly entries: readonly Opened[];
}

/** Who reads, in which language: for words and names. */
export type Reader = Pick<Interaction, 'req' | 'subject' | 'signal'>;

/** AuditEvents out of the log: read and searched, and nothing else. */
export class EventStore implements ResourceStore<Stored> {
  readonly #parts: EventStoreParts;

  constructor(parts: EventStoreParts) {
    this.#parts = parts;
  }

  async read(id: string, reader: Reader): Promise<Stored | undefined> {
    const found = await this.#parts.entries.findById(id);
    if (!found) return undefined;
    const [event] = await this.told([await this.#open(found)], reader);
    return event;
  }

  /** An entry has one version. */
  async vread(id: string, versionId: string, reader: Reader): Promise<Stored | undefined> {
    return versionId === '1' ? this.read(id, reader) : undefined;
  }

  async search(query: SearchQuery, reader: Reader): Promise<SearchPage<Stored>> {
    const { entries, ...page } = await this.find(query);
    return { resources: await this.told(entries, reader), ...page };
  }

  /** The newest first, unless another order is asked for: ids are in the order of time. */
  async find(query: SearchQuery): Promise<EntryPage> {
    const { entries, protection } = this.#parts;
    const filter = auditFilter(query, protection.index);
    const counted = query.wantsTotal ? { total: await entries.count(filter as never) } : {};
    if (query.count === 0) return { entries: [], ...counted };
    const sort = query.sort.length > 0 ? query.sort : [{ name: '_id', descending: true }];
    const keyset = keysetOf({ ...query, sort }, SORT_PATHS);
    const found = await entries.find({ $and: [filter, keyset.after] } as never, {
      sort: keyset.sort,
      limit: keyset.limit,
    });
    const { resources: page, next } = keyset.page(found, (record) => record);
    const opened: Opened[] = [];
    for (const record of page) opened.push(await this.#open(record));
    return { entries: opened, ...counted, ...(next === undefined ? {} : { next }) };
  }

  /** Entries as AuditEvents, in the words of the reader's language. */
  async told(entries: readonly Opened[], reader: Reader): Promise<Stored[]> {
    const { req, subject, signal } = reader;
    const vocabulary = languageOf(req.get('accept-language'));
    const telling = await this.tellingOf(entries, { vocabulary, reader: subject.person?.id }, signal);
    return entries.map((entry) =>
      isReadable(entry) ? toAuditEvent(entry, telling) : toUnreadableAuditEvent(entry),
    );
  }

  /** What is needed to tell of these entries. */
  async tellingOf(
    entries: readonly Opened[],
    to: Pick<Telling, 'vocabulary' | 'reader'>,
    signal?: AbortSignal,
  ): Promise<Telling> {
    return { ...to, names: await this.#parts.names.of(entries.filter(isReadable), signal) };
  }

  async #open({ _id, sealed, index }: Entry): Promise<Opened> {
    try {
      return await this.#parts.sealer.open(_id, sealed, index);
    } catch (error) {
      const { recorded, service, action, outcome } = index;
      return { id: _id, recorded, service, action, outcome, unreadable: whyUnreadable(error) };
    }
  }
}

/** One entry that was changed must not keep the others from being read. @throws what is of another kind */
function whyUnreadable(error: unknown): UnreadableEntry['unreadable'] {
  if (error instanceof KeyDestroyed) return 'erased';
  if (error instanceof Tampered || error instanceof KeyMissing) return 'changed';
  throw error;
}
