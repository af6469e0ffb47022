import { hkdfSync } from 'node:crypto';
import type { Bindings } from '@careplane/kit';
import { KEYS_SECRET, keySecrets, SHORTEST } from './key-entries.ts';

/** What identity derives from its secret. Each purpose has a key of its own (HKDF, RFC 5869). */
export interface IdentitySecrets {
  readonly adminPassword: string;
  /** The secret of the client `careplane-admin`; undefined: there is none. */
  readonly adminClientSecret: string | undefined;
  /** Seals keys, addresses and secrets of second factors: AES-256. */
  readonly sealingKey: Buffer;
  /** The current one first, then former ones: all open, the first seals. */
  readonly sealingKeys: readonly Buffer[];
  /** Whether there are former keys: what is under them is brought under the current ones. */
  readonly hasFormer: boolean;
  /** Hides e-mail addresses in indexes, limits and digests: HMAC-SHA-256. */
  readonly lookupKey: Buffer;
  /** The current one first, then those under which accounts may still be found. */
  readonly lookupKeys: readonly Buffer[];
  /** Seals the parameters of a search in the links of its pages. */
  readonly linkKey: Buffer;
  /** Signs cookies and tokens of forms; current first. */
  readonly cookieKeys: readonly string[];
}

/** @throws TypeError when the secret is not mounted or a key of it is missing or short. */
export function readSecrets(bindings: Bindings): IdentitySecrets {
  const entries = bindings.secret(KEYS_SECRET);
  const need = (name: string): string => {
    const value = entries[name] ?? '';
    if (value.length < SHORTEST) throw new TypeError(`${KEYS_SECRET}: ${name} is missing or short`);
    return value;
  };
  const optional = (name: string): string | undefined =>
    entries[name] === undefined || entries[name] === '' ? undefined : need(name);
  const encryption = keySecrets(bindings, 'keyEncryptionKey');
  const lookup = keySecrets(bindings, 'lookupKey');
  // Before there was a lookupKey, it was derived from keyEncryptionKey: accounts of that time are found by it.
  const lookupKeys = [...lookup, ...encryption].map((key) => derive(key, 'look up accounts'));
  const sealingKeys = encryption.map((key) => derive(key, 'seal signing keys'));
  return {
    adminPassword: need('adminPassword'),
    adminClientSecret: optional('adminClientSecret'),
    sealingKey: sealingKeys[0] ?? Buffer.alloc(0),
    sealingKeys,
    hasFormer: encryption.length > 1 || lookup.length > 1,
    lookupKey: lookupKeys[0] ?? Buffer.alloc(0),
    lookupKeys,
    linkKey: derive(lookup[0] ?? need('keyEncryptionKey'), 'seal links of pages'),
    cookieKeys: encryption.map((key) => derive(key, 'sign cookies').toString('base64url')),
  };
}

function derive(key: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, 'careplane-identity', purpose, 32));
}
