import { randomUUID } from 'node:crypto';
import { agentOf, currentSubject, Invalid, NotFound, route, Router, Unprocessable } from '@careplane/kit';
import type { AuditTrail, Request, RequestHandler } from '@careplane/kit';
import { z } from 'zod';
import { accountEvent } from '../trail/account-event.ts';
import type { Passwords } from '../passwords/passwords.ts';
import { ACCOUNT_ROLES, personOf } from './account.ts';
import type { AccountRecord, AccountRole, PersonReference } from './account.ts';
import { personTaken } from './accounts.ts';
import type { Accounts } from './accounts.ts';
import { ADMIN } from './admin-account.ts';
import type { Changes } from './changes.ts';
import type { Owner } from './personal-data.ts';

/** `Patient/<id>` or `Practitioner/<id>`. */
const personReference = z.string().regex(/^(Patient|Practitioner)\/[A-Za-z0-9.-]{1,64}$/);

/** An account that staff make: the person was seen, so the address counts as verified. */
export const newAccount = z
  .strictObject({
    email: z.email().max(254),
    role: z.enum(ACCOUNT_ROLES),
    person: personReference.optional(),
    /** Without one, the person sets it by "Forgot your password?". */
    password: z.string().max(1_000).optional(),
    /** Said by who makes it; there is no other way here. */
    verified: z.literal(true).optional(),
  })
  .refine(({ role, person }) => personFits(role, person?.split('/')[0]), {
    path: ['person'],
    message: 'a patient has a Patient, a practitioner a Practitioner, others nobody or a Practitioner',
  });

function personFits(role: AccountRole, type: string | undefined): boolean {
  if (role === 'patient') return type === 'Patient';
  return type === 'Practitioner' || (type === undefined && role !== 'practitioner');
}

export const accountsQuery = z.strictObject({ person: personReference });
export const accountChange = z.strictObject({ status: z.enum(['active', 'disabled']) });
const byId = z.object({ id: z.string().max(64) });

export interface AccountsRouterParts {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly changes: Changes;
  readonly audit: AuditTrail;
}

/** `/admin/accounts`: accounts, for administrators. No answer holds an address or a hash. */
export function accountsRouter(parts: AccountsRouterParts, adminOnly: RequestHandler): Router {
  const { accounts, changes } = parts;
  const router = Router();
  router.post(
    '/admin/accounts',
    adminOnly,
    route({ body: newAccount }, async ({ req, body }) => {
      const person = referenceOf(body.person);
      if (person && (await accounts.ofPerson(person))) throw personTaken();
      const passwordHash = await hashOf(parts, body.password, { address: body.email, person });
      const fresh = {
        _id: randomUUID(),
        email: body.email,
        role: body.role,
        person,
        status: 'active' as const,
        ...(passwordHash === undefined ? {} : { passwordHash }),
      };
      const account = await changes.create(fresh, agentOf(currentSubject(req)));
      const headers = { ...NO_STORE, location: `/admin/accounts/${account._id}` };
      return { status: 201, headers, body: shown(account) };
    }),
  );
  router.get(
    '/admin/accounts',
    adminOnly,
    route({ query: accountsQuery }, async ({ req, query }) => {
      const person = referenceOf(query.person);
      const account = person ? await accounts.ofPerson(person) : undefined;
      if (account) await recordRead(parts, req, account);
      return { status: 200, headers: NO_STORE, body: { items: account ? [shown(account)] : [] } };
    }),
  );
  router.get(
    '/admin/accounts/:id',
    adminOnly,
    route({ params: byId }, async ({ req, params }) => {
      const account = await accounts.records.findOne({ _id: params.id });
      if (!account) throw new NotFound();
      await recordRead(parts, req, account);
      return { status: 200, headers: NO_STORE, body: shown(account) };
    }),
  );
  router.patch(
    '/admin/accounts/:id',
    adminOnly,
    route({ params: byId, body: accountChange }, async ({ req, params, body }) => {
      refuseAdmin(params.id);
      const account = await changes.setStatus(params.id, body.status, agentOf(currentSubject(req)));
      return { status: 200, headers: NO_STORE, body: shown(account) };
    }),
  );
  router.delete(
    '/admin/accounts/:id',
    adminOnly,
    route({ params: byId }, async ({ req, params }) => {
      refuseAdmin(params.id);
      await changes.remove(params.id, agentOf(currentSubject(req)));
      return { status: 204 };
    }),
  );
  router.delete(
    '/admin/accounts/:id/second-factor',
    adminOnly,
    route({ params: byId }, async ({ req, params }) => {
      const subject = currentSubject(req);
      if (subject.id === params.id)
        throw new Unprocessable('Nobody resets their own second factor: another administrator does');
      await changes.resetSecondFactor(params.id, agentOf(subject));
      return { status: 204 };
    }),
  );
  return router;
}

/** What administrators look at is recorded before it is shown. */
function recordRead(
  { audit }: Pick<AccountsRouterParts, 'audit'>,
  req: Request,
  account: AccountRecord,
): Promise<void> {
  const by = agentOf(currentSubject(req));
  return audit.record([accountEvent('account-read', account, { by })]);
}

/** @throws Invalid for a password that its owner could not choose either */
async function hashOf(
  { passwords, changes }: AccountsRouterParts,
  password: string | undefined,
  owner: Owner,
): Promise<string | undefined> {
  if (password === undefined) return undefined;
  const message = await changes.passwordFault(owner, password);
  if (message !== undefined) throw new Invalid([{ path: 'body.password', message }]);
  return passwords.hash(password);
}

const NO_STORE = { 'cache-control': 'no-store' };

function refuseAdmin(id: string): void {
  if (id === ADMIN) throw new Unprocessable('The first administrator is of the Secret identity-keys');
}

function referenceOf(text: string | undefined): PersonReference | null {
  const [type, id] = text?.split('/') ?? [];
  return type === undefined || id === undefined ? null : { type: type as 'Patient' | 'Practitioner', id };
}

function shown(account: AccountRecord): Record<string, unknown> {
  const person = personOf(account);
  const { secondFactor } = account;
  return {
    id: account._id,
    role: account.role,
    status: account.status ?? 'active',
    ...(person ? { person: `${person.type}/${person.id}` } : {}),
    secondFactor: secondFactor?.totp !== undefined || (secondFactor?.passkeys?.length ?? 0) > 0,
    createdAt: account.createdAt.toISOString(),
  };
}
