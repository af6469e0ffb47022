import type { Collection, CollectionSpec, EventData, Mongo, Transaction } from '@careplane/kit';

/** That a practitioner treats a patient because of a visit. */
export interface VisitRecord {
  /** The appointment. */
  _id: string;
  patientId: string;
  practitionerId: string;
  from: Date;
  until: Date;
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
      { key: { until: 1 }, name: 'expiry', expireAfterSeconds: KEEP_AFTER_END_S },
    ],
  },
];

const DAY_MS = 86_400_000;

/** Treatment by visits, as appointments tells of them. */
export class Visits {
  readonly records: Collection<VisitRecord>;
  readonly #daysAfter: number;

  /** @param daysAfter how long after its end a visit still is treatment: findings come, letters are written */
  constructor(mongo: Mongo, daysAfter: number) {
    this.records = mongo.collection<VisitRecord>('treatment_visits');
    this.#daysAfter = daysAfter;
  }

  /** From the booking on: visits are prepared. */
  async booked(tx: Transaction, event: EventData<'appointment.booked'>, at: Date): Promise<void> {
    const { appointmentId, patientId, practitionerId, end } = event;
    const until = new Date(Date.parse(end) + this.#daysAfter * DAY_MS);
    const known = await this.records.findOne({ _id: appointmentId }, tx);
    if (known) return; // cancelled already, or told twice
    await this.records.insert([{ _id: appointmentId, patientId, practitionerId, from: at, until }], tx);
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

  /** The visits of a practitioner that have not ended. */
  async of(practitionerId: string, now: Date): Promise<VisitRecord[]> {
    return this.records.find({ practitionerId, until: { $gt: now } });
  }
}
