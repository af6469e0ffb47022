import { hashPassword, verifyPassword } from './argon2id.ts';
import { createGate } from './gate.ts';
import type { GateLimits } from './gate.ts';

/** Password work, bounded: a flood of logins costs its own callers time, not the process its memory. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /**
   * Whether the password fits the hash. Without a hash (no such account) the same work is done against a decoy, so that
   * the time tells nobody which accounts exist.
   */
  verify(password: string, stored: string | undefined): Promise<boolean>;
}

/** Computes the decoy once, at start. */
export async function createPasswords(limits: GateLimits): Promise<Passwords> {
  const gate = createGate(limits);
  const decoy = await hashPassword('no account has this password');
  return {
    hash: (password) => gate(() => hashPassword(password)),
    async verify(password, stored): Promise<boolean> {
      const fits = await gate(() => verifyPassword(password, stored ?? decoy));
      return stored !== undefined && fits;
    },
  };
}
