import { RECORD_KEY } from '@careplane/kit';
import type { Collection, Mongo, Transaction, Turn } from '@careplane/kit';
import type { FactsParts } from '../access-facts/facts.ts';
import type { AccountRecord } from '../accounts/account.ts';
import type { MergeRecord } from '../persons/merge.ts';
import { COLLECTION_OF, MERGES, VERSIONS } from '../persons/person-record.ts';
import type { PersonRecord, PersonVersion } from '../persons/person-record.ts';
import { PUBLIC_KEY_TURNS, PUBLIC_KEYS } from '../public-keys/public-key.ts';
import type { PublicKeyRecord } from '../public-keys/public-key.ts';
import { HOLDS } from './records.ts';
import type { LegalHold } from './records.ts';

/** What identity keeps about patients, beside their accounts. */
export interface PatientData {
  readonly mongo: Mongo;
  readonly facts: Pick<FactsParts, 'persons' | 'consents' | 'careTeams' | 'visits' | 'emergencies'>;
}

/** Destroys a patient's keys and removes everything about them, within a transaction. Repeated, it removes what came late. */
export async function removePatient(
  { mongo, facts }: PatientData,
  patientId: string,
  tx: Transaction,
): Promise<void> {
  await facts.persons.protection.keys.destroy(`Patient/${patientId}`, tx, [RECORD_KEY]);
  const versions = mongo.collection<PersonVersion>(VERSIONS);
  const related = mongo.collection<PersonRecord>(COLLECTION_OF.RelatedPerson);
  const relatives = await related.find({ 'access.patient': patientId }, { projection: { _id: 1 }, ...tx });
  const ids = relatives.map(({ _id }) => _id);
  await versions.deleteMany({ type: 'RelatedPerson', id: { $in: ids } }, tx);
  await related.deleteMany({ _id: { $in: ids } }, tx);
  await versions.deleteMany({ type: 'Patient', id: patientId }, tx);
  await mongo.collection<PersonRecord>(COLLECTION_OF.Patient).deleteMany({ _id: patientId }, tx);
  await mongo
    .collection<MergeRecord>(MERGES)
    .deleteMany({ $or: [{ source: patientId }, { target: patientId }] }, tx);
  await facts.consents.removeAllOf(patientId, tx);
  await facts.careTeams.removeAllOf(patientId, tx);
  await facts.visits.records.deleteMany({ patientId }, tx);
  await facts.emergencies.records.deleteMany({ patientId }, tx);
  await mongo.collection<LegalHold>(HOLDS).deleteMany({ patientId }, tx);
  const owner = `Patient/${patientId}`;
  await mongo.collection<PublicKeyRecord>(PUBLIC_KEYS).deleteMany({ owner }, tx);
  await mongo.collection<Turn>(PUBLIC_KEY_TURNS).deleteMany({ _id: owner }, tx);
}

/** The account of a patient. Of accounts of former releases the id is that of the person. */
export async function accountOfPatient(
  accounts: Collection<AccountRecord>,
  patientId: string,
  tx: Transaction,
): Promise<AccountRecord | undefined> {
  const named = await accounts.findOne({ 'person.id': patientId, 'person.type': 'Patient' }, tx);
  const former = { _id: patientId, role: 'patient' as const, person: { $exists: false } };
  return named ?? (await accounts.findOne(former, tx)) ?? undefined;
}
