import { randomUUID } from 'node:crypto';
import { Conflict, etagOf, Invalid, isDuplicateKey, route } from '@careplane/kit';
import type { IdempotencyRun, Reply, RequestHandler, Resource, Transaction } from '@careplane/kit';
import { z } from 'zod';
import { loginKey } from '../accounts/login-key.ts';
import { password } from '../accounts/password-rule.ts';
import { CONSENT_DEFAULTS, CONSENT_SCOPES } from '../consents/scopes.ts';
import { birthDate, contactPoint, emailOf, gender, humanName, identifier } from '../fhir/datatypes.ts';
import type { Parts } from '../parts.ts';
import type { AccountRecord, ConsentRecord } from '../store.ts';

/** A patient who registers: a FHIR R4 Patient with a password and, if they like, first decisions on consent. */
export const registration = z.strictObject({
  resourceType: z.literal('Patient').optional(),
  identifier: z.array(identifier).max(10).default([]),
  name: z.array(humanName).min(1).max(5),
  birthDate,
  gender,
  telecom: z.array(contactPoint).min(1).max(10),
  password,
  consents: z
    .array(z.strictObject({ scope: z.enum(CONSENT_SCOPES), granted: z.boolean() }))
    .max(CONSENT_SCOPES.length)
    .refine((list) => new Set(list.map(({ scope }) => scope)).size === list.length, 'a scope twice')
    .default([]),
});
type Registration = z.infer<typeof registration>;

/**
 * `POST /v1/patients`, public: makes the account, the patient and the consents, and says `patient.registered`, in one
 * transaction. An address has one account: 409 for the second, however many come at once.
 */
export function registerPatient(parts: Parts): RequestHandler {
  return route({ body: registration }, async ({ body, req }) => {
    const email = emailOf(body.telecom);
    if (email === undefined)
      throw new Invalid([{ path: 'body.telecom', message: 'an e-mail address is needed' }]);
    const key = loginKey(parts.secrets.lookupKey, email);
    let passwordHash = '';
    return parts.idempotency.run(
      req,
      {
        required: false,
        replay: reread(parts),
        // before the transaction: a hash takes longer than a transaction should be open
        before: async () => {
          if (await parts.store.accounts.findOne({ loginKey: key }, { projection: { _id: 1 } }))
            throw addressTaken();
          passwordHash = await parts.passwords.hash(body.password);
        },
      },
      (tx) => store(parts, tx, { body, loginKey: key, passwordHash }),
    );
  });
}

interface NewPatient {
  readonly body: Registration;
  readonly loginKey: string;
  readonly passwordHash: string;
}

async function store({ store, persons, outbox }: Parts, tx: Transaction, fresh: NewPatient): Promise<Reply> {
  const now = new Date();
  const id = randomUUID();
  const { loginKey: key, passwordHash } = fresh;
  const account: AccountRecord = {
    _id: id,
    role: 'patient',
    loginKey: key,
    passwordHash,
    createdAt: now,
  };
  await refuseTaken(() => store.accounts.insert([account], tx));
  const patient = await persons.of('Patient').insert(tx, patientOf(fresh.body), id);
  const consents = consentRecords(fresh.body, id, now);
  if (consents.length > 0) await store.consents.insert(consents, tx);
  for (const { scope, granted, version } of consents.filter(differsFromDefault)) {
    const data = { patientId: id, scope, granted, version };
    await outbox.add(tx, 'consent.changed', { subject: id, data });
  }
  return {
    status: 201,
    headers: { location: `/v1/patients/${id}`, etag: etagOf(1) },
    body: patient,
  };
}

function patientOf(body: Registration): Resource {
  const { identifier: identifiers, name, birthDate: born, gender: sex, telecom } = body;
  return {
    resourceType: 'Patient',
    ...(identifiers.length > 0 ? { identifier: identifiers } : {}),
    active: true,
    name,
    telecom,
    gender: sex,
    birthDate: born,
  };
}

/** The answer of a registration that is repeated: the first version of the patient. */
function reread({ persons }: Parts): NonNullable<IdempotencyRun['replay']> {
  return ({ id }) => persons.of('Patient').vread(id, '1');
}

function consentRecords(body: Registration, patientId: string, now: Date): ConsentRecord[] {
  return body.consents.map(({ scope, granted }) => ({
    _id: `${patientId}|${scope}`,
    patientId,
    scope,
    granted,
    version: 1,
    updatedAt: now,
  }));
}

function differsFromDefault({ scope, granted }: ConsentRecord): boolean {
  return CONSENT_DEFAULTS[scope] !== granted;
}

async function refuseTaken(insert: () => Promise<unknown>): Promise<void> {
  try {
    await insert();
  } catch (error) {
    if (isDuplicateKey(error)) throw addressTaken();
    throw error;
  }
}

function addressTaken(): Conflict {
  return new Conflict('There is an account with this e-mail address');
}
