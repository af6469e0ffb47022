import { Conflict, isDuplicateKey } from '@careplane/kit';
import type { Collection, Transaction } from '@careplane/kit';
import { seal, unsealAny } from '../keys/seal.ts';
import type { IdentitySecrets } from '../keys/secrets.ts';
import type { AccountRecord, PersonReference } from './account.ts';
import { ADMIN } from './admin-account.ts';
import { loginKey, loginKeys } from './login-key.ts';

/** Accounts by their login name. */
export interface Accounts {
  readonly records: Collection<AccountRecord>;
  /** The account of a login name. Under a former lookup key, or without its address, it is brought up to date. */
  byName(name: string): Promise<AccountRecord | undefined>;
  ofPerson(person: PersonReference): Promise<AccountRecord | undefined>;
  /** @throws Conflict when the login name is taken, or the person has an account */
  insert(account: NewAccount, tx?: Transaction): Promise<AccountRecord>;
  /** The e-mail address; undefined for accounts of which it is not known. */
  addressOf(account: AccountRecord): Promise<string | undefined>;
  /** Notes that somebody logs in. @returns whether it is the account's first log-in: of several at once, one is */
  noteLogIn(account: AccountRecord): Promise<boolean>;
  /** What an account with this login name has in its record. */
  nameFields(accountId: string, email: string): Promise<Pick<AccountRecord, 'loginKey' | 'sealedAddress'>>;
}

export type NewAccount = Omit<
  AccountRecord,
  'loginKey' | 'sealedAddress' | 'createdAt' | 'isUnused'
> & {
  readonly email: string;
};

export function createAccounts(
  records: Collection<AccountRecord>,
  { nameKeys, lookupKeys, sealingKey, sealingKeys }: IdentitySecrets,
): Accounts {
  const nameFields: Accounts['nameFields'] = async (accountId, email) => ({
    loginKey: loginKeys(nameKeys, email),
    sealedAddress: await seal(sealingKey, contextOf(accountId), email.trim()),
  });
  const byName: Accounts['byName'] = async (name) => {
    const keys = lookupKeys.map((key) => loginKey(key, name));
    const found = await records.find({ loginKey: { $in: keys } }, { limit: keys.length });
    const [current = ''] = keys;
    const hasCurrent = (one: AccountRecord): boolean => [one.loginKey].flat().includes(current);
    const account = found.find(hasCurrent) ?? found[0];
    if (!account) return undefined;
    const { _id } = account;
    // Of a former release: its address is known now, and with it the next login key, too.
    const isNameless = account.sealedAddress === undefined && _id !== ADMIN;
    if (!isNameless && hasCurrent(account)) return account;
    const fields = isNameless ? await nameFields(_id, name) : { loginKey: loginKeys(nameKeys, name) };
    await records.updateOne({ _id, loginKey: account.loginKey }, { $set: fields });
    return { ...account, ...fields };
  };
  return {
    records,
    byName,
    nameFields,
    async ofPerson({ type, id }): Promise<AccountRecord | undefined> {
      return (await records.findOne({ 'person.id': id, 'person.type': type })) ?? undefined;
    },
    async insert({ email, ...rest }, tx): Promise<AccountRecord> {
      const made = { createdAt: new Date(), isUnused: true } as const;
      const account = { ...rest, ...(await nameFields(rest._id, email)), ...made };
      if (await byName(email)) throw nameTaken();
      try {
        await records.insert([account], tx);
      } catch (error) {
        if (isDuplicateKey(error)) throw isOfPerson(error) ? personTaken() : nameTaken();
        throw error;
      }
      return account;
    },
    async noteLogIn({ _id, isUnused }): Promise<boolean> {
      if (isUnused !== true) return false;
      const { modifiedCount } = await records.updateOne({ _id, isUnused }, { $unset: { isUnused: '' } });
      return modifiedCount === 1;
    },
    async addressOf({ _id, sealedAddress }): Promise<string | undefined> {
      return sealedAddress === undefined ? undefined : unsealAny(sealingKeys, contextOf(_id), sealedAddress);
    },
  };
}

function nameTaken(): Conflict {
  return new Conflict('There is an account with this e-mail address');
}

/** Two log-ins for one record: whoever has one would not know of the other. */
export function personTaken(): Conflict {
  return new Conflict('This person has an account');
}

/** Of a duplicate key: whether it is that of the index of persons. */
function isOfPerson(error: object): boolean {
  const key = 'keyPattern' in error ? error.keyPattern : undefined;
  return typeof key === 'object' && key !== null && 'person.id' in key;
}

function contextOf(accountId: string): string {
  return `careplane-identity/address/${accountId}`;
}
