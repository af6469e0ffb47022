import { HttpProblem } from '@careplane/kit';
import type { Mongo, Transaction } from '@careplane/kit';
import { COLLECTION_OF } from './person-record.ts';

/** @throws HttpProblem (422) when a record would be about nobody: nothing would ever show it, and its key would be nobody's */
export async function requirePatient(mongo: Mongo, id: string, tx: Transaction): Promise<void> {
  const patients = mongo.collection<{ _id: string }>(COLLECTION_OF.Patient);
  const found = await patients.findOne({ _id: id }, { projection: { _id: 1 }, session: tx.session });
  if (found) return;
  throw new HttpProblem(422, 'Not processable', {
    detail: 'There is no such patient',
    extensions: { code: 'unknown-patient' },
  });
}
