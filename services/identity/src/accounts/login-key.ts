import { createHmac } from 'node:crypto';

/** One form for all ways to write an address. Case does not count anywhere people log in; dots and tags do. */
export function normalizeEmail(email: string): string {
  return email.trim().normalize('NFKC').toLowerCase();
}

/** The index key of a login name: the same for the same address, and nothing to read without the key. */
export function loginKey(lookupKey: Buffer, email: string): string {
  return createHmac('sha256', lookupKey).update(normalizeEmail(email)).digest('base64url');
}
