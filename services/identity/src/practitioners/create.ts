import { randomUUID } from 'node:crypto';
import { Conflict, etagOf, Invalid, isDuplicateKey, route } from '@careplane/kit';
import type { Reply, RequestHandler, Transaction } from '@careplane/kit';
import { z } from 'zod';
import { loginKey } from '../accounts/login-key.ts';
import { password } from '../accounts/password-rule.ts';
import { contactPoint, emailOf, gender, humanName, identifier, qualification } from '../fhir/datatypes.ts';
import { practitionerResource } from '../fhir/resources.ts';
import type { Parts } from '../parts.ts';
import type { PractitionerRecord } from '../store.ts';

/** A practitioner: a FHIR R4 Practitioner; with a password (and an e-mail address) they can log in. */
const newPractitioner = z.strictObject({
  resourceType: z.literal('Practitioner').optional(),
  identifier: z.array(identifier).min(1).max(10),
  name: z.array(humanName).min(1).max(5),
  gender: gender.optional(),
  telecom: z.array(contactPoint).max(10).default([]),
  qualification: z.array(qualification).max(10).default([]),
  password: password.optional(),
});
type NewPractitioner = z.infer<typeof newPractitioner>;

/**
 * `POST /v1/practitioners`, for administrators. Idempotent by the first identifier: 201 for a new practitioner, 200 with
 * the one there is (unchanged) for a known identifier.
 */
export function createPractitioner(parts: Parts): RequestHandler {
  return route({ body: newPractitioner }, async ({ body, req }) => {
    const identifierKey = keyOf(body);
    const account = await accountOf(parts, body);
    const replay = async ({ id }: { id: string }): Promise<unknown> => {
      const record = await parts.store.practitioners.findOne({ _id: id });
      return record ? practitionerResource(record) : undefined;
    };
    try {
      return await parts.idempotency.run(req, { required: false, replay }, async (tx) => {
        const known = await parts.store.practitioners.findOne({ identifierKey }, tx);
        return known ? found(known) : store(parts, tx, { body, identifierKey, account });
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const known = await parts.store.practitioners.findOne({ identifierKey });
      if (known) return found(known); // made by another request meanwhile
      throw new Conflict('There is an account with this e-mail address');
    }
  });
}

interface Account {
  readonly loginKey: string;
  readonly passwordHash: string;
}

async function accountOf(parts: Parts, body: NewPractitioner): Promise<Account | undefined> {
  if (body.password === undefined) return undefined;
  const email = emailOf(body.telecom);
  if (email === undefined) {
    throw new Invalid([
      { path: 'body.telecom', message: 'a password needs an e-mail address to log in with' },
    ]);
  }
  return {
    loginKey: loginKey(parts.secrets.lookupKey, email),
    passwordHash: await parts.passwords.hash(body.password),
  };
}

async function store(
  { store }: Parts,
  tx: Transaction,
  fresh: { body: NewPractitioner; identifierKey: string; account: Account | undefined },
): Promise<Reply> {
  const now = new Date();
  const { identifier: identifiers, name, gender: sex, telecom, qualification: qualifications } = fresh.body;
  const record: PractitionerRecord = {
    _id: randomUUID(),
    version: 1,
    identifierKey: fresh.identifierKey,
    identifier: identifiers,
    name,
    ...(sex === undefined ? {} : { gender: sex }),
    telecom,
    qualification: qualifications,
    createdAt: now,
    updatedAt: now,
  };
  await store.practitioners.insert([record], tx);
  if (fresh.account) {
    await store.accounts.insert(
      [{ _id: record._id, role: 'practitioner', ...fresh.account, createdAt: now }],
      tx,
    );
  }
  return {
    status: 201,
    headers: { location: `/v1/practitioners/${record._id}`, etag: etagOf(1) },
    body: practitionerResource(record),
  };
}

function found(record: PractitionerRecord): Reply {
  return {
    status: 200,
    headers: { location: `/v1/practitioners/${record._id}`, etag: etagOf(record.version) },
    body: practitionerResource(record),
  };
}

function keyOf({ identifier: [first] }: NewPractitioner): string {
  if (!first) throw new Invalid([{ path: 'body.identifier', message: 'at least one is needed' }]);
  return `${first.system}|${first.value}`;
}
