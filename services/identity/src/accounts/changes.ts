import { Conflict, isDuplicateKey, NotFound, withTransaction } from '@careplane/kit';
import type { AuditAgent, AuditTrail, Mongo, SecurityEventKind, Transaction } from '@careplane/kit';
import type { Sessions } from '../oidc/sessions.ts';
import type { Passwords } from '../passwords/passwords.ts';
import type { Persons } from '../persons/persons.ts';
import type { PublicKeys } from '../public-keys/public-keys.ts';
import type { SecondFactors } from '../second-factors/second-factors.ts';
import { accountEvent } from '../trail/account-event.ts';
import type { AccountTokens, TokenPurpose } from './account-tokens.ts';
import { personOf } from './account.ts';
import type { AccountRecord } from './account.ts';
import type { Accounts, NewAccount } from './accounts.ts';
import type { Messages } from './messages.ts';
import type { Notices } from './notices.ts';
import { passwordFault } from './password-rule.ts';
import { personalData } from './personal-data.ts';
import type { Owner } from './personal-data.ts';

export interface ChangesParts {
  readonly mongo: Mongo;
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly tokens: AccountTokens;
  readonly messages: Messages;
  readonly notices: Notices;
  readonly factors: Pick<SecondFactors, 'reset'>;
  readonly publicKeys: Pick<PublicKeys, 'endAll'>;
  readonly persons: Pick<Persons, 'of'>;
  readonly audit: AuditTrail;
  readonly publicUrl: string;
}

/** Changes of an account. Each ends what was issued before, is told by mail, and commits with its entry of the audit. */
export interface Changes {
  /** Orders a link for a new password, if there is such an account. */
  askForReset(email: string): Promise<void>;
  accountOfReset(token: string): Promise<AccountRecord | undefined>;
  reset(token: string, password: string): Promise<boolean>;
  setPassword(account: AccountRecord, password: string): Promise<void>;
  /** Why the owner of an account, or of one that is to be, cannot choose a password; undefined: they can. */
  passwordFault(owner: AccountRecord | Owner, password: string): Promise<string | undefined>;
  /** Orders a link to the new address; the old one stays until the link is used. */
  askForAddress(account: AccountRecord, email: string): Promise<void>;
  /** Whose address a link changes. */
  accountOfAddress(token: string): Promise<AccountRecord | undefined>;
  setAddress(token: string): Promise<'done' | 'gone' | 'taken'>;
  /** By an administrator. @throws Conflict when the login name is taken, or the person has an account */
  create(account: NewAccount, by: AuditAgent): Promise<AccountRecord>;
  /** By an administrator. @throws NotFound */
  setStatus(accountId: string, status: AccountStatus, by: AuditAgent): Promise<AccountRecord>;
  /** By an administrator, for an owner who has lost it; staff set up another at the next log-in. @throws NotFound */
  resetSecondFactor(accountId: string, by: AuditAgent): Promise<void>;
  /** By an administrator, or the owner when nobody is named. @throws NotFound */
  remove(accountId: string, by?: AuditAgent): Promise<void>;
}

type AccountStatus = NonNullable<AccountRecord['status']>;

const HOUR_S = 3_600;

export function createChanges(parts: ChangesParts): Changes {
  const { mongo, accounts, passwords, sessions, tokens, messages, notices, factors, audit, publicUrl } =
    parts;
  /** @returns false when the token of the link was used already */
  const setPassword = async (account: AccountRecord, password: string, token?: string): Promise<boolean> => {
    // Hashing may be refused for want of room: the link is still good then.
    const passwordHash = await passwords.hash(password);
    const isDone = await withTransaction(mongo, async (tx) => {
      if (token !== undefined && !(await tokens.use('reset', token, tx))) return false;
      await accounts.records.updateOne(
        { _id: account._id },
        { $set: { passwordHash, passwordChangedAt: new Date() } },
        tx,
      );
      await tokens.forget(account._id, tx);
      await notices.tell(account, 'password-changed', tx);
      const kind: SecurityEventKind = token === undefined ? 'password-changed' : 'password-reset';
      await audit.add(tx, [accountEvent(kind, account)]);
      await sessions.markAllEnded(account._id, tx);
      return true;
    });
    if (isDone) await sessions.endAll(account._id);
    return isDone;
  };
  const accountOf =
    (purpose: TokenPurpose) =>
    async (token: string): Promise<AccountRecord | undefined> => {
      const found = await tokens.look(purpose, token);
      const account =
        found?.accountId === undefined ? null : await accounts.records.findOne({ _id: found.accountId });
      return account && account.status !== 'disabled' ? account : undefined;
    };
  const accountOfReset = accountOf('reset');
  return {
    async setPassword(account, password): Promise<void> {
      await setPassword(account, password);
    },
    async passwordFault(owner, password): Promise<string | undefined> {
      const known =
        '_id' in owner ? { address: await accounts.addressOf(owner), person: personOf(owner) } : owner;
      return passwordFault(password, await personalData(parts.persons, known));
    },
    accountOfReset,
    async askForReset(email): Promise<void> {
      const account = await accounts.byName(email);
      if (!account || account.status === 'disabled' || account.sealedAddress === undefined) return;
      const by = { role: 'unknown' }; // whoever has typed the address
      await audit.record([accountEvent('password-reset-asked', account, { by })]);
      const token = await tokens.issue('reset', { accountId: account._id }, HOUR_S);
      const link = `${publicUrl}/account/reset/new?token=${token}`;
      const to = (await accounts.addressOf(account)) ?? email;
      await messages.send({ to, kind: 'reset', link, language: 'en' });
    },
    async reset(token, password): Promise<boolean> {
      const account = await accountOfReset(token);
      return account !== undefined && setPassword(account, password, token);
    },
    async askForAddress(account, email): Promise<void> {
      await audit.record([accountEvent('address-change-asked', account)]);
      const data = { email };
      const token = await tokens.issue('address', { accountId: account._id, data }, HOUR_S);
      const isKnown = (await accounts.byName(email)) !== undefined;
      const link = `${publicUrl}/account/${isKnown ? 'reset' : `address/confirm?token=${token}`}`;
      await messages.send({ to: email, kind: isKnown ? 'known-address' : 'verify', link, language: 'en' });
    },
    accountOfAddress: accountOf('address'),
    setAddress: (token) => setAddress(parts, token),
    create: (fresh, by) =>
      withTransaction(mongo, async (tx) => {
        const account = await accounts.insert(fresh, tx);
        await audit.add(tx, [accountEvent('account-created', account, { by })]);
        return account;
      }),
    async setStatus(accountId, status, by): Promise<AccountRecord> {
      const account = await withTransaction(mongo, (tx) => setStatus(parts, { accountId, status, by }, tx));
      if (status === 'disabled') await sessions.endAll(accountId);
      return account;
    },
    async resetSecondFactor(accountId, by): Promise<void> {
      const isDone = await factors.reset(accountId, by, (tx) => sessions.markAllEnded(accountId, tx));
      if (!isDone) throw new NotFound();
      await sessions.endAll(accountId);
    },
    async remove(accountId, by): Promise<void> {
      await withTransaction(mongo, (tx) => remove(parts, { accountId, by }, tx));
      await sessions.endAll(accountId);
    },
  };
}

async function setStatus(
  { accounts, audit, notices, sessions }: ChangesParts,
  { accountId, status, by }: { accountId: string; status: AccountStatus; by: AuditAgent },
  tx: Transaction,
): Promise<AccountRecord> {
  const before = await accounts.records.findOne({ _id: accountId }, tx);
  const account = await accounts.records.findOneAndUpdate({ _id: accountId }, { $set: { status } }, tx);
  if (!before || !account) throw new NotFound();
  if (status === 'disabled') await sessions.markAllEnded(accountId, tx);
  if (status === 'disabled' && before.status !== 'disabled') await notices.tell(account, 'disabled', tx);
  const kind: SecurityEventKind = status === 'disabled' ? 'account-disabled' : 'account-enabled';
  await audit.add(tx, [accountEvent(kind, account, { by })]);
  return account;
}

async function remove(
  { accounts, audit, tokens, notices, sessions, publicKeys }: ChangesParts,
  { accountId, by }: { accountId: string; by: AuditAgent | undefined },
  tx: Transaction,
): Promise<void> {
  const account = await accounts.records.findOne({ _id: accountId }, tx);
  if (!account) throw new NotFound();
  await accounts.records.deleteMany({ _id: accountId }, tx);
  await tokens.forget(accountId, tx);
  const person = personOf(account);
  if (person) await publicKeys.endAll(`${person.type}/${person.id}`, tx);
  await notices.tell(account, 'deleted', tx);
  await audit.add(tx, [accountEvent('account-deleted', account, { by })]);
  await sessions.markAllEnded(accountId, tx);
}

async function setAddress(
  { mongo, accounts, audit, sessions, tokens, notices }: ChangesParts,
  token: string,
): Promise<'done' | 'gone' | 'taken'> {
  const found = await tokens.look('address', token);
  const account =
    found?.accountId === undefined ? null : await accounts.records.findOne({ _id: found.accountId });
  if (!found || !account || account.status === 'disabled') return 'gone';
  const { email } = found.data as { email: string };
  const fields = await accounts.nameFields(account._id, email);
  try {
    await withTransaction(mongo, async (tx) => {
      if ((await accounts.byName(email)) !== undefined) throw new Conflict('taken');
      if (!(await tokens.use('address', token, tx))) throw new Conflict('used');
      await accounts.records.updateOne({ _id: account._id }, { $set: fields }, tx);
      await tokens.forget(account._id, tx); // a link in the former mailbox opens nothing any more
      await sessions.markAllEnded(account._id, tx);
      await notices.tell(account, 'address-changed', tx); // to the former address: whoever lost it learns of it
      await audit.add(tx, [accountEvent('address-changed', account)]);
    });
  } catch (error) {
    if (isDuplicateKey(error)) return 'taken';
    if (error instanceof Conflict) return error.message === 'used' ? 'gone' : 'taken';
    throw error;
  }
  await sessions.endAll(account._id);
  return 'done';
}
