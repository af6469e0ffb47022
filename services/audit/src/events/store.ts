import { KeyDestroyed, keysetOf } from '@careplane/kit';
import type { Binary, Collection, ResourceStore, SearchPage, SearchQuery, Stored } from '@careplane/kit';
import type { EntryIndex } from '../sealing/sealed-entry.ts';
import type { Protection, Sealer } from '../sealing/sealer.ts';
import { auditFilter } from './search.ts';
import { toAuditEvent, toErasedAuditEvent } from './to-audit-event.ts';

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
}

/** AuditEvents out of the log: read and searched, and nothing else. */
export class EventStore implements ResourceStore<Stored> {
  readonly #parts: EventStoreParts;

  constructor(parts: EventStoreParts) {
    this.#parts = parts;
  }

  async read(id: string): Promise<Stored | undefined> {
    const found = await this.#parts.entries.findById(id);
    return found ? this.#open(found) : undefined;
  }

  /** An entry has one version. */
  async vread(id: string, versionId: string): Promise<Stored | undefined> {
    return versionId === '1' ? this.read(id) : undefined;
  }

  /** The newest first, unless another order is asked for: ids are in the order of time. */
  async search(query: SearchQuery): Promise<SearchPage<Stored>> {
    const { entries, protection } = this.#parts;
    const filter = auditFilter(query, protection.index);
    const counted = query.wantsTotal ? { total: await entries.count(filter as never) } : {};
    if (query.count === 0) return { resources: [], ...counted };
    const sort = query.sort.length > 0 ? query.sort : [{ name: '_id', descending: true }];
    const keyset = keysetOf({ ...query, sort }, SORT_PATHS);
    const found = await entries.find({ $and: [filter, keyset.after] } as never, {
      sort: keyset.sort,
      limit: keyset.limit,
    });
    const { resources: page, next } = keyset.page(found, (record) => record);
    const resources: Stored[] = [];
    for (const record of page) resources.push(await this.#open(record));
    return { resources, ...counted, ...(next === undefined ? {} : { next }) };
  }

  async #open({ _id, sealed, index }: Entry): Promise<Stored> {
    try {
      return toAuditEvent(await this.#parts.sealer.open(_id, sealed, index));
    } catch (error) {
      if (!(error instanceof KeyDestroyed)) throw error;
      const { recorded, service, action, outcome } = index;
      return toErasedAuditEvent({ id: _id, recorded, service, action, outcome });
    }
  }
}
