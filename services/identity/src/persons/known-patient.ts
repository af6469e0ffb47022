import { unknownPatient } from '@careplane/kit';
import type { Mongo, Transaction } from '@careplane/kit';
import { COLLECTION_OF } from './person-record.ts';

/** @throws HttpProblem `unknownPatient` when a record would be about nobody */
export async function requirePatient(mongo: Mongo, id: string, tx?: Transaction): Promise<void> {
  const patients = mongo.collection<{ _id: string }>(COLLECTION_OF.Patient);
  const found = await patients.findOne({ _id: id }, { projection: { _id: 1 }, ...tx });
  if (!found) throw unknownPatient();
}
