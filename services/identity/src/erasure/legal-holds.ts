import { randomUUID } from 'node:crypto';
import { NotFound, withTransaction } from '@careplane/kit';
import type { Collection, Interaction, Mongo, Transaction } from '@careplane/kit';
import { COLLECTION_OF } from '../persons/person-record.ts';
import type { PersonRecord } from '../persons/person-record.ts';
import { HOLDS } from './records.ts';
import type { LegalHold } from './records.ts';

/** The interaction that asks for it. */
export type AskedBy = Pick<Interaction, 'signal' | 'audit' | 'subject'>;

/** Holds on patients' data: while one is open nothing of the patient is destroyed. */
export class LegalHolds {
  readonly #mongo: Mongo;
  readonly #records: Collection<LegalHold>;
  readonly #patients: Collection<PersonRecord>;

  constructor(mongo: Mongo) {
    this.#mongo = mongo;
    this.#records = mongo.collection<LegalHold>(HOLDS);
    this.#patients = mongo.collection<PersonRecord>(COLLECTION_OF.Patient);
  }

  /** @throws NotFound when there is no such patient, or not any more */
  place(
    what: Pick<LegalHold, 'patientId' | 'reason'> & { readonly until?: Date },
    { signal, audit, subject }: AskedBy,
  ): Promise<LegalHold> {
    const hold: LegalHold = { _id: randomUUID(), ...what, placedBy: subject.id, placedAt: new Date() };
    const work = async (tx: Transaction): Promise<LegalHold> => {
      // Both write the patient's record: of a hold and an erasure at the same moment one comes first, and the other sees it.
      const heldAt = { $set: { heldAt: hold.placedAt } };
      const { matchedCount } = await this.#patients.updateOne({ _id: what.patientId }, heldAt, tx);
      if (matchedCount === 0) throw new NotFound();
      await this.#records.insert([hold], tx);
      await audit.written(tx, { resourceType: 'Patient', id: what.patientId });
      return hold;
    };
    return withTransaction(this.#mongo, work, { signal });
  }

  /** @throws NotFound when the patient has no such hold, or it was lifted before */
  async lift(patientId: string, id: string, { signal, audit, subject }: AskedBy): Promise<LegalHold> {
    const work = async (tx: Transaction): Promise<LegalHold> => {
      const lifted = await this.#records.findOneAndUpdate(
        { _id: id, patientId, liftedAt: { $exists: false } },
        { $set: { liftedBy: subject.id, liftedAt: new Date() } },
        tx,
      );
      if (!lifted) throw new NotFound();
      await audit.written(tx, { resourceType: 'Patient', id: patientId });
      return lifted;
    };
    return withTransaction(this.#mongo, work, { signal });
  }

  /** Whether the data of one of these patients must be kept. */
  async isHeld(patients: readonly string[], now: Date, tx?: Transaction): Promise<boolean> {
    const open = {
      patientId: { $in: [...patients] },
      liftedAt: { $exists: false },
      $or: [{ until: { $exists: false } }, { until: { $gt: now } }],
    };
    return (await this.#records.count(open, { ...tx, limit: 1 })) > 0;
  }

  /** The latest first. */
  of(patientId: string): Promise<LegalHold[]> {
    return this.#records.find({ patientId }, { sort: { placedAt: -1 }, limit: MOST_LISTED });
  }
}

const MOST_LISTED = 200;
