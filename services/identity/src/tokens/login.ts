import { ROLES, Unauthorized } from '@careplane/kit';
import type { Role } from '@careplane/kit';
import { personOf } from '../accounts/account.ts';
import { ADMIN, sameText } from '../accounts/admin-account.ts';
import { loginKey } from '../accounts/login-key.ts';
import type { Parts } from '../parts.ts';

/** Who has logged in. */
export interface Subject {
  readonly sub: string;
  readonly role: Role;
}

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
  const keys = secrets.lookupKeys.map((key) => loginKey(key, username));
  const account = await store.accounts.findOne({ loginKey: { $in: keys } });
  const isRight = await passwords.verify(password, account?.passwordHash);
  const role = ROLES.find((known) => known === account?.role);
  if (!isRight || !account || !role || account.status === 'disabled') throw wrongLogin();
  return { sub: personOf(account)?.id ?? account._id, role };
}

function wrongLogin(): Unauthorized {
  return new Unauthorized('The username or the password is wrong');
}
