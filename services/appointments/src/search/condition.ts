import { createHash } from 'node:crypto';
import { NONE } from '@careplane/access';
import { findExisting, onlyMatch } from '@careplane/kit';
import type { Collection, CriteriaClaim, InSession, Transaction } from '@careplane/kit';
import type { Document, Filter, WithId } from 'mongodb';
import { toMongoFilter } from '../kit-fhir.ts';
import type { CreateOptions, MongoMap, Stored } from '../kit-fhir.ts';

/** What conditional creates of a type look for. */
export interface Sought<T extends Document> {
  readonly type: string;
  readonly records: Collection<T>;
  readonly map: MongoMap;
  readonly toFhir: (record: WithId<T>) => Stored;
}

/** The condition of a create. */
export interface CreateCondition {
  /** What is there now; another request may be making it. */
  readonly look: () => Promise<Stored | undefined>;
  /** What is there when the transaction makes nothing, see `findExisting`. */
  readonly existing: (tx: Transaction) => Promise<Stored | undefined>;
}

/** The condition of a create that says `If-None-Exist`. Both throw PreconditionFailed when several match. */
export function conditionOf<T extends Document>(
  claims: Collection<CriteriaClaim>,
  { type, records, map, toFhir }: Sought<T>,
  { ifNoneExist: filters, matchWithin: constraint = NONE }: CreateOptions,
): CreateCondition | undefined {
  if (filters === undefined) return undefined;
  const filter = toMongoFilter({ filters, constraint }, map) as Filter<T>;
  const find = (within: InSession = {}): Promise<WithId<T>[]> =>
    records.find(filter, { limit: 2, ...within });
  // what it is a digest of is in this database in plain, so it needs no key
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([type, filters]))
    .digest('base64url');
  const answered = (record: WithId<T> | undefined): Stored | undefined => record && toFhir(record);
  return {
    look: async () => answered(onlyMatch(await find())),
    existing: async (tx) =>
      answered(
        await findExisting(claims, tx, {
          fingerprints: [fingerprint],
          find: ({ session }) => find({ session }),
        }),
      ),
  };
}
