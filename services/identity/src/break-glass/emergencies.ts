import { randomUUID } from 'node:crypto';
import type { Constraint, Relation } from '@careplane/access';
import {
  Conflict,
  constraintToMongo,
  NotFound,
  takeTurn,
  TooManyRequests,
  turnCollection,
  withTransaction,
} from '@careplane/kit';
import type {
  AttributeMap,
  Binary,
  Collection,
  CollectionSpec,
  DataKeys,
  Interaction,
  Mongo,
  Outbox,
  Place,
  RecordCipher,
  Resource,
  Transaction,
  Turn,
} from '@careplane/kit';
import { amongPatients } from '../relationships/among.ts';
import type { Among } from '../relationships/among.ts';

export const OUTCOMES = ['justified', 'unjustified'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A record that was opened in an emergency. It is never deleted here. */
export interface EmergencyRecord {
  _id: string;
  patientId: string;
  practitionerId: string;
  /** The account that asked. */
  account: string;
  openedAt: Date;
  until: Date;
  /** The reason, encrypted under the patient's key: it may speak of their health. */
  key: string;
  reason: Binary;
  review?: { readonly by: string; readonly at: Date; readonly outcome: Outcome };
}

export interface Emergency extends Omit<EmergencyRecord, 'key' | 'reason'> {
  readonly reason: string;
}

/** The interaction that asks for it. */
type AskedBy = Pick<Interaction, 'signal' | 'audit'>;

const COLLECTION = 'emergencies';
const RECORD_KEY = 'record';

const TURNS = 'emergency_turns';

export const emergencyCollections: readonly CollectionSpec[] = [
  turnCollection(TURNS),
  {
    name: COLLECTION,
    indexes: [
      { key: { practitionerId: 1, until: 1 }, name: 'practitioner' },
      { key: { patientId: 1, openedAt: -1 }, name: 'patient' },
      { key: { 'review.at': 1, openedAt: 1 }, name: 'queue' },
    ],
  },
];

const ATTRIBUTES: AttributeMap = {
  id: [{ path: '_id' }],
  patient: [{ path: 'patientId' }],
  practitioner: [{ path: 'practitionerId' }],
  organization: 'none',
  category: 'none',
  dataClass: 'none',
  author: 'none',
};

export interface EmergencyParts {
  readonly mongo: Mongo;
  readonly outbox: Outbox;
  readonly protection: { readonly keys: DataKeys; readonly cipher: RecordCipher };
  /** How long a record stays open, at most and by default. */
  readonly hours: number;
  /** How many records a practitioner may open within an hour. */
  readonly mostAnHour: number;
  readonly now?: () => Date;
}

const HOUR_MS = 3_600_000;
const MOST_LISTED = 200;

/** Emergency access: opened with a reason, for hours, told to who is on call, reviewed, and visible to the patient. */
export class Emergencies {
  readonly records: Collection<EmergencyRecord>;
  readonly #parts: EmergencyParts;
  readonly #turns: Collection<Turn>;
  readonly #now: () => Date;

  constructor(parts: EmergencyParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => new Date());
    this.records = parts.mongo.collection<EmergencyRecord>(COLLECTION);
    this.#turns = parts.mongo.collection<Turn>(TURNS);
  }

  /** Opens a record; the alert is published if, and only if, it is open. @throws TooManyRequests after too many within the hour */
  async open(
    who: { readonly account: string; readonly practitionerId: string },
    what: { readonly patientId: string; readonly reason: string; readonly hours?: number },
    { signal, audit }: AskedBy,
  ): Promise<Emergency> {
    const { mongo, outbox, protection, hours } = this.#parts;
    const { patientId, reason } = what;
    const work = async (tx: Transaction): Promise<Emergency> => {
      const _id = randomUUID();
      const openedAt = this.#now();
      await this.#requireFew(who.practitionerId, openedAt, tx);
      const until = new Date(openedAt.getTime() + Math.min(what.hours ?? hours, hours) * HOUR_MS);
      const key = await protection.keys.obtain({ subject: `Patient/${patientId}`, purpose: RECORD_KEY }, tx);
      const sealed = await protection.cipher.seal(key, placeOf({ _id, patientId }), reason);
      const record = { _id, patientId, ...who, openedAt, until, key, reason: sealed };
      await this.records.insert([record], tx);
      await outbox.add(tx, 'access.emergency', {
        subject: patientId,
        data: { grantId: _id, patientId, practitionerId: who.practitionerId },
      });
      await audit.written(tx, patientOf(record));
      return { ...record, reason };
    };
    return withTransaction(mongo, work, { signal });
  }

  /** Whoever sweeps through the clinic in the name of an emergency is stopped before somebody has read the alerts. */
  async #requireFew(practitionerId: string, now: Date, tx: Transaction): Promise<void> {
    await takeTurn(this.#turns, tx, practitionerId);
    const since = new Date(now.getTime() - HOUR_MS);
    const opened = await this.records.count({ practitionerId, openedAt: { $gt: since } }, tx);
    if (opened < this.#parts.mostAnHour) return;
    throw new TooManyRequests(HOUR_MS / 1000, {
      detail: `${String(opened)} records were opened in an emergency within the hour: call compliance`,
    });
  }

  /** The latest first, or of those that wait for a review the oldest, within what the caller may see. */
  async list(
    constraint: Constraint,
    options: { readonly isReviewed?: boolean; readonly patientId?: string } = {},
  ): Promise<Emergency[]> {
    const { isReviewed, patientId } = options;
    const filter = {
      $and: [
        constraintToMongo(constraint, ATTRIBUTES),
        ...(isReviewed === undefined ? [] : [{ 'review.at': { $exists: isReviewed } }]),
        ...(patientId === undefined ? [] : [{ patientId }]),
      ],
    };
    const sort = { openedAt: isReviewed === false ? 1 : -1 } as const;
    const found = await this.records.find(filter as never, { sort, limit: MOST_LISTED });
    return Promise.all(found.map((record) => this.#read(record)));
  }

  /** Once, and by somebody else than who opened it. @throws NotFound; Conflict when it was reviewed before */
  async review(
    id: string,
    { by, outcome }: { readonly by: string; readonly outcome: Outcome },
    { signal, audit }: AskedBy,
  ): Promise<Emergency> {
    const work = async (tx: Transaction): Promise<EmergencyRecord | null> => {
      const record = await this.records.findOneAndUpdate(
        { _id: id, review: { $exists: false }, account: { $ne: by } },
        { $set: { review: { by, at: this.#now(), outcome } } },
        tx,
      );
      if (record) await audit.written(tx, patientOf(record));
      return record;
    };
    const record = await withTransaction(this.#parts.mongo, work, { signal });
    if (record) return this.#read(record);
    if ((await this.records.count({ _id: id })) === 0) throw new NotFound();
    throw new Conflict('It was reviewed before, or by who opened it');
  }

  /** How many wait for their review. */
  unreviewed(): Promise<number> {
    return this.records.count({ 'review.at': { $exists: false } }, { maxTimeMS: 1_000 });
  }

  /** What a practitioner has open. */
  async of(practitionerId: string, { patients, limit }: Among = {}): Promise<Relation[]> {
    const filter = { practitionerId, ...amongPatients(patients), until: { $gt: this.#now() } };
    const found = await this.records.find(filter, {
      projection: { patientId: 1, openedAt: 1, until: 1 },
      ...(limit === undefined ? {} : { limit }),
    });
    return found.map(({ patientId, openedAt, until }) => ({
      patient: patientId,
      from: openedAt.toISOString(),
      until: until.toISOString(),
    }));
  }

  async #read({ key, reason, ...record }: EmergencyRecord): Promise<Emergency> {
    const text = await this.#parts.protection.cipher.open(key, placeOf(record), reason);
    return { ...record, reason: String(text) };
  }
}

/** Whose record was opened. */
function patientOf({ patientId }: Pick<EmergencyRecord, 'patientId'>): Resource {
  return { resourceType: 'Patient', id: patientId };
}

function placeOf({ _id, patientId }: Pick<EmergencyRecord, '_id' | 'patientId'>): Place {
  return { subject: `Patient/${patientId}`, type: 'Emergency', id: _id, version: 1, field: 'reason' };
}
