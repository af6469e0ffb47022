import type { Transaction } from '@careplane/kit';
import type { Persons } from '../persons/persons.ts';

/** What is known of a patient who has registered. */
export interface RegisteredPerson {
  readonly given: string;
  readonly family: string;
  readonly birthDate: string;
  readonly gender: string;
  readonly email: string;
}

/** Makes the Patient of an account, in the account's transaction; it is announced as registered. @returns the Patient's id */
export async function createPatientFor(
  persons: Persons,
  tx: Transaction,
  { given, family, birthDate, gender, email }: RegisteredPerson,
): Promise<string> {
  const { id } = await persons.of('Patient').insert(tx, {
    resourceType: 'Patient',
    active: true,
    name: [{ family, given: [given] }],
    telecom: [{ system: 'email', value: email }],
    gender,
    birthDate,
  });
  return id;
}
