import { createHmac } from 'node:crypto';

/** One form for all ways to write an address. Case does not count anywhere people log in; dots and tags do. */
export function normalizeEmail(email: string): string {
  return email.trim().normalize('NFKC').toLowerCase();
}

/** The index key of a login name: the same for the same address, and nothing to read without the key. */
export function loginKey(lookupKey: Buffer, email: string): string {
  return createHmac('sha256', lookupKey).update(normalizeEmail(email)).digest('base64url');
}

/** What an account has as its login key: one value for each key, in one order for all replicas. */
export function loginKeys(nameKeys: readonly Buffer[], email: string): string | readonly string[] {
  const all = nameKeys.map((key) => loginKey(key, email)).sort();
  const [only] = all;
  return all.length === 1 && only !== undefined ? only : all;
}

/**
 * Whether a stored login key needs no change: it is there under the current key, and under none that is not known here. That it
 * lacks others is no fault: who shares one key finds it.
 */
export function isCurrent(stored: string | readonly string[], nameKeys: readonly Buffer[], email: string): boolean {
  const [known, mine] = [[stored].flat(), [loginKeys(nameKeys, email)].flat()];
  const [current] = nameKeys;
  return (
    current !== undefined &&
    known.includes(loginKey(current, email)) &&
    known.every((value) => mine.includes(value))
  );
}
