import { Conflict, etagOf, Invalid, isDuplicateKey, route } from '@careplane/kit';
import type { IdempotencyRun, Reply, RequestHandler, Resource, Stored, Transaction } from '@careplane/kit';
import { z } from 'zod';
import { loginKey } from '../accounts/login-key.ts';
import { password } from '../accounts/password-rule.ts';
import { contactPoint, emailOf, gender, humanName, identifier, qualification } from '../fhir/datatypes.ts';
import type { Parts } from '../parts.ts';
import { uniqueTerm } from '../persons/unique.ts';

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
    const account = await accountOf(parts, body);
    const options = { required: false, replay: reread(parts) };
    try {
      return await parts.idempotency.run(req, options, async (tx) => {
        const known = await findKnown(parts, body, tx);
        return known ? found(known) : store(parts, tx, { body, account });
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const known = await findKnown(parts, body);
      if (known) return found(known); // made by another request meanwhile
      throw new Conflict('There is an account with this e-mail address');
    }
  });
}

/** The practitioner whose first identifier this is. */
async function findKnown(
  { persons }: Parts,
  body: NewPractitioner,
  tx?: Transaction,
): Promise<Stored | undefined> {
  const [first] = body.identifier;
  if (!first) throw new Invalid([{ path: 'body.identifier', message: 'at least one is needed' }]);
  const practitioners = persons.of('Practitioner');
  const unique = { $in: persons.protection.index.lookup([uniqueTerm('Practitioner', first)]) };
  const record = await practitioners.records.findOne({ unique }, tx);
  return record ? practitioners.open(record) : undefined;
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
  { store, persons }: Parts,
  tx: Transaction,
  { body, account }: { body: NewPractitioner; account: Account | undefined },
): Promise<Reply> {
  const practitioner = await persons.of('Practitioner').insert(tx, practitionerOf(body));
  if (account) {
    const record = { _id: practitioner.id, role: 'practitioner', ...account, createdAt: new Date() } as const;
    await store.accounts.insert([record], tx);
  }
  return { ...found(practitioner), status: 201 };
}

function practitionerOf(body: NewPractitioner): Resource {
  const { identifier: identifiers, name, gender: sex, telecom, qualification: qualifications } = body;
  return {
    resourceType: 'Practitioner',
    identifier: identifiers,
    active: true,
    name,
    ...(telecom.length > 0 ? { telecom } : {}),
    ...(sex === undefined ? {} : { gender: sex }),
    ...(qualifications.length > 0 ? { qualification: qualifications } : {}),
  };
}

function found(practitioner: Stored): Reply {
  return {
    status: 200,
    headers: {
      location: `/v1/practitioners/${practitioner.id}`,
      etag: etagOf(Number(practitioner.meta.versionId)),
    },
    body: practitioner,
  };
}

/** The answer of a create that is repeated: the version that it gave. */
function reread({ persons }: Parts): NonNullable<IdempotencyRun['replay']> {
  return ({ id, versionId = '1' }) => persons.of('Practitioner').vread(id, versionId);
}
