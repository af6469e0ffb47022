import { randomUUID } from 'node:crypto';
import { Conflict, findInBatches, isDuplicateKey, NotFound, withTransaction } from '@careplane/kit';
import type { Collection, Interaction, Mongo, Resource, Stored, Transaction } from '@careplane/kit';
import { linksIn } from './elements.ts';
import type { Link } from './elements.ts';
import { MERGES } from './person-record.ts';
import type { PersonStore } from './person-store.ts';

/** That one patient was merged into another; kept after it was undone. */
export interface MergeRecord {
  _id: string;
  source: string;
  target: string;
  /** What `active` of the source was: undoing brings it back. Absent: the element was absent. */
  wasActive?: boolean;
  /** Present and true until the merge is undone. */
  open?: true;
  mergedAt: Date;
  undoneAt?: Date;
}

/** Both patients as they are after a merge, or after it was undone. */
export interface Merged {
  readonly source: Stored;
  readonly target: Stored;
}

/** The interaction that asks for it. */
type MergedBy = Pick<Interaction, 'signal' | 'audit'>;

interface MergeParts {
  readonly mongo: Mongo;
  readonly patients: PersonStore;
}

/**
 * Merges patients: the source becomes inactive and is replaced by the target. Both stay readable, with links to each other.
 * Nothing of the source is copied, so that undoing loses nothing.
 */
export class Merges {
  readonly #parts: MergeParts;
  readonly #records: Collection<MergeRecord>;
  /** Those that a patient's record is part of and that were not undone. */
  readonly #openOf: (patient: string) => Promise<readonly MergeRecord[]>;

  constructor(parts: MergeParts) {
    this.#parts = parts;
    this.#records = parts.mongo.collection<MergeRecord>(MERGES);
    this.#openOf = findInBatches(this.#records, {
      filter: (ids) => ({ open: true, $or: [{ source: { $in: [...ids] } }, { target: { $in: [...ids] } }] }),
      keysOf: ({ source, target }) => [source, target],
    });
  }

  /** @throws NotFound; Conflict when one of the two was replaced already, or by the other at the same moment */
  async merge(source: string, target: string, by: MergedBy): Promise<Merged> {
    if (source === target) throw new Conflict('A patient cannot be merged into itself');
    try {
      return await this.#run(by, (tx) => this.#merge(tx, source, target));
    } catch (error) {
      throw isDuplicateKey(error) ? replaced() : error;
    }
  }

  /** Parts two patients again, whatever was changed in them meanwhile. @throws NotFound when they are not merged */
  undo(source: string, target: string, by: MergedBy): Promise<Merged> {
    return this.#run(by, (tx) => this.#undo(tx, source, target));
  }

  #run({ signal, audit }: MergedBy, change: (tx: Transaction) => Promise<Merged>): Promise<Merged> {
    const work = async (tx: Transaction): Promise<Merged> => {
      const both = await change(tx);
      await audit.written(tx, both.source);
      await audit.written(tx, both.target);
      return both;
    };
    return withTransaction(this.#parts.mongo, work, { signal });
  }

  /** Of the humans whose records these are those that have several, each with all of them. */
  async recordsOf(patients: readonly string[]): Promise<string[][]> {
    const known = new Set<string>();
    const merges: MergeRecord[] = [];
    let fresh = [...new Set(patients)];
    while (fresh.length > 0) {
      for (const id of fresh) known.add(id);
      const found = (await Promise.all(fresh.map(this.#openOf))).flat();
      merges.push(...found);
      fresh = [...new Set(found.flatMap(({ source, target }) => [source, target]))].filter(
        (id) => !known.has(id),
      );
    }
    return joined(merges);
  }

  /** All records of the human whose record this is. */
  async allOf(patient: string): Promise<readonly string[]> {
    const [records = [patient]] = await this.recordsOf([patient]);
    return records;
  }

  async #merge(tx: Transaction, source: string, target: string): Promise<Merged> {
    const { patients } = this.#parts;
    for (const id of [source, target]) {
      const record = await patients.records.findOne({ _id: id }, { projection: { replacedBy: 1 }, ...tx });
      if (!record) throw new NotFound();
      if (record.replacedBy !== undefined) throw replaced();
    }
    let wasActive: unknown;
    const gone = await patients.change(
      tx,
      source,
      (stored) => {
        wasActive = stored['active'];
        return { ...linked(stored, target, 'replaced-by'), active: false };
      },
      { replacedBy: target },
    );
    // The target is written, too: a merge of it elsewhere at this moment conflicts.
    const kept = await patients.change(tx, target, (stored) => linked(stored, source, 'replaces'));
    const record: MergeRecord = {
      _id: randomUUID(),
      source,
      target,
      open: true,
      mergedAt: new Date(),
      ...(typeof wasActive === 'boolean' ? { wasActive } : {}),
    };
    await this.#records.insert([record], tx);
    return { source: gone, target: kept };
  }

  async #undo(tx: Transaction, source: string, target: string): Promise<Merged> {
    const { patients } = this.#parts;
    const record = await this.#records.findOne({ source, target, open: true }, tx);
    if (!record) throw new NotFound();
    const { wasActive } = record;
    const back = await patients.change(
      tx,
      source,
      (stored) => {
        const parted = unlinked(stored, target);
        return wasActive === undefined ? without(parted, 'active') : { ...parted, active: wasActive };
      },
      { replacedBy: null },
    );
    const kept = await patients.change(tx, target, (stored) => unlinked(stored, source));
    await this.#records.updateOne(
      { _id: record._id, open: true },
      { $unset: { open: '' }, $set: { undoneAt: new Date() } },
      tx,
    );
    return { source: back, target: kept };
  }
}

/** A source has one target: the one that replaces nobody's is where all of a human lead to. */
function joined(merges: readonly MergeRecord[]): string[][] {
  const targetOf = new Map(merges.map(({ source, target }) => [source, target]));
  const survivor = (id: string): string => {
    const target = targetOf.get(id);
    return target === undefined ? id : survivor(target);
  };
  const ids = [...new Set(merges.flatMap(({ source, target }) => [target, source]))].sort();
  return [...Map.groupBy(ids, survivor).values()];
}

function linked(stored: Stored, other: string, type: 'replaced-by' | 'replaces'): Resource {
  const link: Link = { other: { reference: `Patient/${other}` }, type };
  return { ...stored, link: [...linksIn(stored), link] };
}

function unlinked(stored: Stored, other: string): Resource {
  const isTheirs = ({ other: { reference }, type }: Link): boolean =>
    reference === `Patient/${other}` && (type === 'replaced-by' || type === 'replaces');
  const links = linksIn(stored).filter((link) => !isTheirs(link));
  return links.length > 0 ? { ...stored, link: links } : without(stored, 'link');
}

function without(resource: Resource, element: string): Resource {
  const others = Object.entries(resource).filter(([name]) => name !== element);
  return Object.fromEntries(others) as unknown as Resource;
}

function replaced(): Conflict {
  return new Conflict('One of the two is replaced by another patient already');
}
