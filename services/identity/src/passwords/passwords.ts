import { hashPassword, verifyPassword } from './argon2id.ts';
import { createBulkhead } from './bulkhead.ts';
import type { BulkheadLimits } from './bulkhead.ts';

/** Password work, bounded: a flood of logins costs its own callers time, not the process its memory. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /**
   * Whether the password fits the hash. Without a hash (no such account) the same work is done against a decoy, so that
   * the time tells nobody which accounts exist.
   */
  verify(password: string, stored: string | undefined): Promise<boolean>;
  /** The same for somebody who registers: it takes room from other registrations, and from no log-in. */
  verifyNew(password: string, stored: string): Promise<boolean>;
}

/** Computes the decoy once, at start. */
export async function createPasswords(limits: BulkheadLimits): Promise<Passwords> {
  // One for each kind of work: a flood of logins does not keep anybody from registering.
  const hashing = createBulkhead(limits);
  const verifying = createBulkhead(limits);
  const decoy = await hashPassword('no account has this password');
  return {
    hash: (password) => hashing(() => hashPassword(password)),
    async verify(password, stored): Promise<boolean> {
      const fits = await verifying(() => verifyPassword(password, stored ?? decoy));
      return stored !== undefined && fits;
    },
    verifyNew: (password, stored) => hashing(() => verifyPassword(password, stored)),
  };
}
