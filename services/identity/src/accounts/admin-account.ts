import { createHash, timingSafeEqual } from 'node:crypto';
import { insertUnlessThere } from '@careplane/kit';
import type { Collection } from '@careplane/kit';
import type { AccountRecord } from './account.ts';
import { isCurrent, loginKeys } from './login-key.ts';

/** The login name of the administrator whose password the operator generates, and its account's id. */
export const ADMIN = 'admin';

/** Makes the account of the administrator, once. */
export async function ensureAdminAccount(
  accounts: Collection<AccountRecord>,
  nameKeys: readonly Buffer[],
): Promise<void> {
  const key = loginKeys(nameKeys, ADMIN);
  const known = await accounts.findOne({ _id: ADMIN });
  if (known && !isCurrent(known.loginKey, nameKeys, ADMIN))
    await accounts.updateOne({ _id: ADMIN }, { $set: { loginKey: key } });
  if (known) return;
  const made = { role: 'admin', loginKey: key, person: null, createdAt: new Date() } as const;
  await insertUnlessThere(accounts, { _id: ADMIN, ...made });
}

/** Compares in a time that does not depend on where the texts differ. */
export function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(left), digest(right));
}
