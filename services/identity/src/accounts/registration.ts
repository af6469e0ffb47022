import { randomUUID } from 'node:crypto';
import { Conflict, isFutureDate, personName, withTransaction } from '@careplane/kit';
import type { AuditTrail, Mongo } from '@careplane/kit';
import { z } from 'zod';
import { createPatientFor } from '../patients/create-patient-for.ts';
import type { Passwords } from '../passwords/passwords.ts';
import type { Persons } from '../persons/persons.ts';
import { accountEvent } from '../trail/account-event.ts';
import type { AccountTokens } from './account-tokens.ts';
import type { Accounts } from './accounts.ts';
import type { Messages } from './messages.ts';

const line = z.string().trim().max(100).pipe(personName);

/** What a patient enters to register. */
export const registrationForm = z.object({
  given: line,
  family: line,
  birthDate: z.iso.date().refine((day) => day >= '1850-01-01' && !isFutureDate(day), 'no birth date'),
  gender: z.enum(['male', 'female', 'other', 'unknown']),
  email: z.email().max(254),
  password: z.string().max(1_000),
});
export type RegistrationForm = z.infer<typeof registrationForm>;

/** The registration as it waits for its address to be verified: the hash instead of the password. */
export type Waiting = Omit<RegistrationForm, 'password'> & { readonly passwordHash: string };

export interface RegistrationParts {
  readonly mongo: Mongo;
  readonly persons: Persons;
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly tokens: AccountTokens;
  readonly messages: Messages;
  readonly audit: AuditTrail;
  readonly publicUrl: string;
}

/** Patients who register themselves. Before the address is verified there is no account and no Patient. */
export interface Registrations {
  /** Whether the address is known or not, it costs the same and answers nothing: the truth goes by mail. */
  begin(form: RegistrationForm): Promise<void>;
  /**
   * Makes the account and the Patient. The password is asked for again: a link that somebody else has ordered to this address
   * does not make an account that they can use.
   */
  finish(token: string, password: string): Promise<'done' | 'gone' | 'wrong-password' | 'taken'>;
  isWaiting(token: string): Promise<boolean>;
}

const DAY_S = 86_400;

export function createRegistrations(parts: RegistrationParts): Registrations {
  const { accounts, passwords, tokens, messages, publicUrl } = parts;
  return {
    async begin({ password, ...person }): Promise<void> {
      const passwordHash = await passwords.hash(password);
      const { email: to } = person;
      const token = await tokens.issue('register', { data: { ...person, passwordHash } }, DAY_S);
      if (await accounts.byName(to)) {
        await tokens.use('register', token);
        await messages.send({
          to,
          kind: 'known-address',
          link: `${publicUrl}/account/reset`,
          language: 'en',
        });
        return;
      }
      const link = `${publicUrl}/account/verify?token=${token}`;
      await messages.send({ to, kind: 'verify', link, language: 'en' });
    },
    isWaiting: async (token) => (await tokens.look('register', token)) !== undefined,
    async finish(token, password) {
      const found = await tokens.attempt('register', token);
      if (!found) return 'gone';
      const waiting = found.data as Waiting;
      if (!(await passwords.verifyNew(password, waiting.passwordHash))) return 'wrong-password';
      return create(parts, token, waiting);
    },
  };
}

async function create(
  { mongo, persons, accounts, audit, tokens }: RegistrationParts,
  token: string,
  waiting: Waiting,
): Promise<'done' | 'gone' | 'taken'> {
  const { email, passwordHash, ...person } = waiting;
  try {
    return await withTransaction(mongo, async (tx) => {
      if (!(await tokens.use('register', token, tx))) return 'gone';
      const patientId = await createPatientFor(persons, tx, { ...person, email });
      const reference = { type: 'Patient', id: patientId } as const;
      const account = await accounts.insert(
        { _id: randomUUID(), email, role: 'patient', person: reference, status: 'active', passwordHash },
        tx,
      );
      await audit.add(tx, [accountEvent('account-created', account)]);
      return 'done';
    });
  } catch (error) {
    if (error instanceof Conflict) return 'taken';
    throw error;
  }
}
