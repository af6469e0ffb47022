import { createHash, timingSafeEqual } from 'node:crypto';
import { isDuplicateKey, serviceAgent, withTransaction } from '@careplane/kit';
import type { AuditTrail, Collection, Mongo } from '@careplane/kit';
import { accountEvent } from '../trail/account-event.ts';
import type { AccountRecord } from './account.ts';
import { isCurrent, loginKeys } from './login-key.ts';

/** The login name of the administrator whose password the operator generates, and its account's id. */
export const ADMIN = 'admin';

export interface AdminAccountParts {
  readonly mongo: Mongo;
  readonly accounts: Collection<AccountRecord>;
  readonly audit: AuditTrail;
  readonly nameKeys: readonly Buffer[];
}

/** Makes the account of the administrator, once: of several replicas at their start, one does. */
export async function ensureAdminAccount({
  mongo,
  accounts,
  audit,
  nameKeys,
}: AdminAccountParts): Promise<void> {
  const key = loginKeys(nameKeys, ADMIN);
  const known = await accounts.findOne({ _id: ADMIN });
  if (known && !isCurrent(known.loginKey, nameKeys, ADMIN))
    await accounts.updateOne({ _id: ADMIN }, { $set: { loginKey: key } });
  if (known) return;
  const made = { role: 'admin', loginKey: key, person: null, createdAt: new Date() } as const;
  const account = { _id: ADMIN, ...made };
  try {
    await withTransaction(mongo, async (tx) => {
      await accounts.insert([account], tx);
      await audit.add(tx, [accountEvent('account-created', account, { by: serviceAgent('identity') })]);
    });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}

/** Compares in a time that does not depend on where the texts differ. */
export function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(left), digest(right));
}
