import { RECORD_KEY, requireKnownMarks, staleMarks, unlessErased, withTransaction } from '@careplane/kit';
import type { BlindIndex, Collection, Mongo } from '@careplane/kit';
import { KINDS } from './kinds/index.ts';
import type { PersonKind } from './kinds/kind.ts';
import { isPlain, plainResource } from './legacy.ts';
import { COLLECTION_OF, PERSON_TYPES } from './person-record.ts';
import type { PersonRecord, PersonType } from './person-record.ts';
import { openPerson, sealPerson } from './sealing.ts';
import type { Protection } from './sealing.ts';

/** How far records have been brought up to date. */
export interface UpkeepProgress {
  readonly type: PersonType;
  readonly done: number;
  readonly left: number;
  /** Records that could not be read; they stay as they are. */
  readonly failed: readonly string[];
}

export interface UpkeepOptions {
  readonly signal: AbortSignal;
  readonly batch?: number;
  readonly onProgress?: (progress: UpkeepProgress) => void;
}

interface Upkept {
  readonly mongo: Mongo;
  readonly protection: Protection;
}

/** More failures than this are no single broken record: it is tried again later. */
const MOST_FAILED = 100;

/**
 * Encrypts records that former releases stored in plain, and makes tokens anew that are of other lookup keys. What is done is in
 * the records: it can be stopped at any point and begun again, by several replicas at once.
 */
export async function bringUpToDate(parts: Upkept, options: UpkeepOptions): Promise<UpkeepProgress[]> {
  const all: UpkeepProgress[] = [];
  for (const type of PERSON_TYPES) all.push(await bringTypeUpToDate(parts, KINDS[type], options));
  return all;
}

async function bringTypeUpToDate(
  parts: Upkept,
  kind: PersonKind,
  { signal, batch = 100, onProgress }: UpkeepOptions,
): Promise<UpkeepProgress> {
  const records = parts.mongo.collection<PersonRecord>(COLLECTION_OF[kind.type]);
  const stale = await staleRecords(records, parts.protection.index);
  const failed = new Set<string>();
  let done = 0;
  for (let found = 1; found > 0 && !signal.aborted && failed.size < MOST_FAILED;) {
    const page = await records.find({ ...stale, _id: { $nin: [...failed] } }, { limit: batch });
    found = page.length;
    for (const record of page) {
      if (await updated(parts, kind, records, record)) done += 1;
      else failed.add(record._id);
    }
    if (found > 0)
      onProgress?.({ type: kind.type, done, left: await records.count(stale), failed: [...failed] });
  }
  return { type: kind.type, done, left: await records.count(stale), failed: [...failed] };
}

/** @returns false for a record that cannot be read */
async function updated(
  parts: Upkept,
  kind: PersonKind,
  records: Collection<PersonRecord>,
  record: PersonRecord,
): Promise<boolean> {
  try {
    if (isPlain(record)) await sealPlain(parts, kind, records, record);
    else await indexAgain(parts.protection, kind, records, record);
    return true;
  } catch (error) {
    if (Error.isError(error) && UNREADABLE.has(error.name)) return false;
    throw error;
  }
}

const UNREADABLE = new Set(['Tampered', 'KeyMissing']);

async function sealPlain(
  { mongo, protection }: Upkept,
  kind: PersonKind,
  records: Collection<PersonRecord>,
  record: PersonRecord,
): Promise<void> {
  if (!isPlain(record)) return;
  const resource = plainResource(kind.type, record);
  const { _id, version, createdAt, updatedAt } = record;
  const subject = kind.subjectOf(_id, resource);
  await withTransaction(mongo, async (tx) => {
    // Whoever comes second finds the record encrypted, and must not make it a second key.
    const still = await records.findOne(
      { _id, version, body: { $exists: false } },
      { projection: { _id: 1 }, ...tx },
    );
    if (!still) return;
    const key = await protection.keys.obtain({ subject, purpose: RECORD_KEY }, tx);
    const sealed = await sealPerson(protection, kind, { _id, version, key, createdAt, updatedAt }, resource);
    await records.replaceOne({ _id, version, body: { $exists: false } }, sealed, tx);
  });
}

async function indexAgain(
  protection: Protection,
  kind: PersonKind,
  records: Collection<PersonRecord>,
  record: PersonRecord,
): Promise<void> {
  const { _id, version, lookup } = record;
  const stored = await unlessErased(openPerson(protection, kind, record));
  const { index } = protection;
  const sealed = stored && (await sealPerson(protection, kind, record, stored));
  const tokens = sealed?.tokens ?? [];
  await records.updateOne(
    { _id, version, lookup },
    {
      $set: { tokens, lookup: index.mark, ...(sealed?.unique ? { unique: sealed.unique } : {}) },
      ...(sealed?.unique ? {} : { $unset: { unique: '' as const } }),
    },
  );
}

/** @throws KeysDoNotFit when records were indexed under lookup keys that are not here: nobody would be found */
export async function requireFittingLookupKeys(mongo: Mongo, index: BlindIndex): Promise<void> {
  for (const type of PERSON_TYPES) {
    await requireKnownMarks(mongo.collection<PersonRecord>(COLLECTION_OF[type]), index, type);
  }
}

/**
 * Records in plain, and those without tokens of the current key. Tokens of other keys beside them stay: a replica that knows one
 * key only must not undo what one with two keys has done.
 */
async function staleRecords(
  records: Collection<PersonRecord>,
  index: BlindIndex,
): Promise<{ lookup: { $in: string[] } }> {
  return { lookup: { $in: [...(await staleMarks(records, index)), ABSENT] } };
}

/** In a query null stands for a field that is not there, which the record's type does not know. */
const ABSENT = null as unknown as string;
