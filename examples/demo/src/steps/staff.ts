import { randomUUID } from 'node:crypto';
import type { Entered } from '../enter.ts';
import { Authenticator } from '../login/pages.ts';
import { newPassword } from '../login/password.ts';
import type { Session } from '../login/session.ts';

/**
 * Opens an account for a practitioner and logs them in, with the second factor that staff needs. An account of an earlier run
 * makes place: nobody has its second factor any more.
 */
export async function logInStaff(
  { administration, login }: Entered,
  practitionerId: string,
): Promise<Session> {
  const username = `${randomUUID()}@staff.example`;
  const password = newPassword('demo');
  const person = `Practitioner/${practitionerId}`;
  await administration.removeAccountOf(person);
  await administration.openAccount({ email: username, password, role: 'practitioner', person });
  return login({ username, password, authenticator: new Authenticator() }, 'staff');
}
