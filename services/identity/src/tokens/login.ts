import { createHash, timingSafeEqual } from 'node:crypto';
import { Unauthorized } from '@careplane/kit';
import type { Role } from '@careplane/kit';
import { loginKey } from '../accounts/login-key.ts';
import type { Parts } from '../parts.ts';

/** Who has logged in. */
export interface Subject {
  readonly sub: string;
  readonly role: Role;
}

/** The login name (and the `sub`) of the administrator, whose password the operator generates. */
export const ADMIN = 'admin';

/**
 * Checks a login. An unknown account costs what a wrong password costs and is answered the same.
 * @throws Unauthorized.
 */
export async function logIn(
  { store, secrets, passwords }: Pick<Parts, 'store' | 'secrets' | 'passwords'>,
  credentials: { readonly username: string; readonly password: string },
): Promise<Subject> {
  const { username, password } = credentials;
  if (username === ADMIN) {
    if (sameText(password, secrets.adminPassword)) return { sub: ADMIN, role: 'admin' };
    throw wrongLogin();
  }
  const account = await store.accounts.findOne({ loginKey: loginKey(secrets.lookupKey, username) });
  if (!(await passwords.verify(password, account?.passwordHash)) || !account) throw wrongLogin();
  return { sub: account._id, role: account.role };
}

/** Compares in a time that does not depend on where the texts differ. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(left), digest(right));
}

function wrongLogin(): Unauthorized {
  return new Unauthorized('The username or the password is wrong');
}
