import type { Collection, CollectionSpec, EventData, Mongo, Transaction } from '@careplane/kit';
import { amongPatients } from './among.ts';
import type { Among } from './among.ts';

/** That a practitioner treats a patient because of a visit. */
export interface VisitRecord {
  /** The appointment. */
  _id: string;
  patientId: string;
  practitionerId: string;
  from: Date;
  until: Date;
  /** Of a visit that a practitioner booked who did not treat the patient at that moment: nobody treats by it. */
  selfBookedBy?: string;
  /** It was cancelled; kept, since the event of the booking may come after that of the cancellation. */
  cancelled?: true;
}

/** Long past the end nobody needs them: a day is enough for who reads with an old clock. */
const KEEP_AFTER_END_S = 86_400;

export const visitCollections: readonly CollectionSpec[] = [
  {
    name: 'treatment_visits',
    indexes: [
      { key: { practitionerId: 1, until: 1 }, name: 'practitioner' },
      { key: { practitionerId: 1, patientId: 1, until: 1 }, name: 'treatment' },
      {
        key: { selfBookedBy: 1, patientId: 1 },
        name: 'self_booked',
        partialFilterExpression: { selfBookedBy: { $exists: true } },
      },
      { key: { until: 1 }, name: 'expiry', expireAfterSeconds: KEEP_AFTER_END_S },
    ],
  },
];

const DAY_MS = 86_400_000;

/** What visits are judged with, beside other visits. */
export interface Known {
  /** All records of the patient whose record this is. */
  recordsOf(patientId: string): Promise<readonly string[]>;
  /** Whether somebody treats a patient by a care team. */
  isAssigned(practitionerId: string, patientId: string, at: Date): Promise<boolean>;
}

/**
 * Treatment by visits, as appointments tells of them. Nobody begins to treat by their own booking: a visit that a practitioner has
 * booked counts if they treated the patient at that moment.
 */
export class Visits {
  readonly records: Collection<VisitRecord>;
  readonly #daysAfter: number;
  readonly #known: Known;

  /** @param daysAfter how long after its end a visit still is treatment: findings come, letters are written */
  constructor(mongo: Mongo, daysAfter: number, known: Known) {
    this.records = mongo.collection<VisitRecord>('treatment_visits');
    this.#daysAfter = daysAfter;
    this.#known = known;
  }

  /** From the booking on: visits are prepared. */
  async booked(tx: Transaction, event: EventData<'appointment.booked'>, at: Date): Promise<void> {
    const { appointmentId, patientId, practitionerId, end } = event;
    const until = new Date(Date.parse(end) + this.#daysAfter * DAY_MS);
    const known = await this.records.findOne({ _id: appointmentId }, tx);
    if (known) return; // cancelled already, or told twice
    const visit: VisitRecord = { _id: appointmentId, patientId, practitionerId, from: at, until };
    const isSelfMade =
      event.bookedByRole === 'practitioner' && !(await this.#treats(tx, event.bookedBy, visit));
    await this.records.insert([{ ...visit, ...(isSelfMade && { selfBookedBy: event.bookedBy }) }], tx);
    if (!isSelfMade) await this.#countAlso(tx, visit);
  }

  /** Whether somebody treated the patient of a visit when it was booked. */
  async #treats(
    tx: Transaction,
    practitionerId: string,
    { patientId, from: at }: VisitRecord,
  ): Promise<boolean> {
    const records = await this.#known.recordsOf(patientId);
    const earlier = {
      practitionerId,
      patientId: { $in: [...records] },
      selfBookedBy: { $exists: false },
      from: { $lte: at },
      until: { $gt: at },
    };
    if ((await this.records.count(earlier, { limit: 1, ...tx })) > 0) return true;
    for (const record of records) {
      if (await this.#known.isAssigned(practitionerId, record, at)) return true;
    }
    return false;
  }

  /** Events come in any order: what the practitioner of this visit has booked while it lasts counts as well, and so on. */
  async #countAlso(tx: Transaction, { practitionerId, patientId, from, until }: VisitRecord): Promise<void> {
    const records = await this.#known.recordsOf(patientId);
    const followUps = {
      selfBookedBy: practitionerId,
      patientId: { $in: [...records] },
      from: { $gte: from, $lt: until },
    };
    for (const visit of await this.records.find(followUps, tx)) {
      const { modifiedCount } = await this.records.updateOne(
        { _id: visit._id, selfBookedBy: practitionerId },
        { $unset: { selfBookedBy: '' } },
        tx,
      );
      if (modifiedCount > 0) await this.#countAlso(tx, visit);
    }
  }

  /** A visit that does not take place is no treatment, from now on. */
  async cancelled(tx: Transaction, event: EventData<'appointment.cancelled'>, at: Date): Promise<void> {
    const { appointmentId, patientId, practitionerId, start } = event;
    const { matchedCount } = await this.records.updateOne(
      { _id: appointmentId },
      { $min: { until: at }, $set: { cancelled: true } },
      tx,
    );
    if (matchedCount > 0) return;
    // Kept until after the visit would have begun, so that a late booking finds it.
    const until = new Date(Math.max(Date.parse(start), at.getTime()));
    const record: VisitRecord = {
      _id: appointmentId,
      patientId,
      practitionerId,
      from: until,
      until,
      cancelled: true,
    };
    await this.records.insert([record], tx);
  }

  /** The visits by which a practitioner treats, and that have not ended. */
  async of(practitionerId: string, now: Date, { patients, limit }: Among = {}): Promise<VisitRecord[]> {
    return this.records.find(
      { practitionerId, ...amongPatients(patients), selfBookedBy: { $exists: false }, until: { $gt: now } },
      limit === undefined ? {} : { limit },
    );
  }
}
