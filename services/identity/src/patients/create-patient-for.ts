import { randomUUID } from 'node:crypto';
import type { Transaction } from '@careplane/kit';
import type { PatientRecord, Store } from '../store.ts';

/** What is known of a patient who has registered. */
export interface RegisteredPerson {
  readonly given: string;
  readonly family: string;
  readonly birthDate: string;
  readonly gender: string;
  readonly email: string;
}

/** Makes the Patient of an account, in the account's transaction. @returns the Patient's id */
export async function createPatientFor(
  { store, tx }: { readonly store: Pick<Store, 'patients'>; readonly tx: Transaction },
  person: RegisteredPerson,
  now: Date,
): Promise<string> {
  const { given, family, birthDate, gender, email } = person;
  const patient: PatientRecord = {
    _id: randomUUID(),
    version: 1,
    identifier: [],
    name: [{ family, given: [given] }],
    birthDate,
    gender,
    telecom: [{ system: 'email', value: email }],
    createdAt: now,
    updatedAt: now,
  };
  await store.patients.insert([patient], tx);
  return patient._id;
}
