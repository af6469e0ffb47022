import { randomBytes } from 'node:crypto';

/** A password for somebody new. No UUID: one could hold four digits of the address, and a password must not. */
export function newPassword(word: string): string {
  return `${word} ${randomBytes(24).toString('base64url')}`;
}
