import { hkdfSync } from 'node:crypto';
import type { Bindings } from '@careplane/kit';
import { allOf, KEYS_SECRET, keyValues, SHORTEST } from './key-entries.ts';

/** What identity derives from its secret. Each purpose has a key of its own (HKDF, RFC 5869). */
export interface IdentitySecrets {
  readonly adminPassword: string;
  /** The secret of the client `careplane-admin`; undefined: there is none. */
  readonly adminClientSecret: string | undefined;
  /** Seals keys, addresses and secrets of second factors: AES-256. */
  readonly sealingKey: Buffer;
  /** The current one first, then former and announced ones: all open, the first seals. */
  readonly sealingKeys: readonly Buffer[];
  /** The announced ones among these, which are the last. */
  readonly nextSealingKeys: readonly Buffer[];
  /** Whether there are former keys: what is under them is brought under the current ones. */
  readonly hasFormer: boolean;
  /** Hides e-mail addresses in indexes, limits and digests: HMAC-SHA-256. */
  readonly lookupKey: Buffer;
  /** Those under which each account is found: current, former and announced. Replicas that share one share the account. */
  readonly nameKeys: readonly Buffer[];
  /** Also those under which accounts of former releases may still be found. */
  readonly lookupKeys: readonly Buffer[];
  /** The announced ones among these. */
  readonly nextLookupKeys: readonly Buffer[];
  /** Seal the parameters of a search in the links of its pages; current first. */
  readonly linkKeys: readonly Buffer[];
  /** Prove erasures; current first. */
  readonly erasureKeys: readonly Buffer[];
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
  const [encryption, lookup] = [keyValues(bindings, 'keyEncryptionKey'), keyValues(bindings, 'lookupKey')];
  const lookUp = (keys: readonly string[]): Buffer[] => keys.map((key) => derive(key, 'look up accounts'));
  const seal = (keys: readonly string[]): Buffer[] => keys.map((key) => derive(key, 'seal signing keys'));
  const [nameKeys, sealingKeys] = [lookUp(allOf(lookup)), seal(allOf(encryption))];
  return {
    adminPassword: need('adminPassword'),
    adminClientSecret: optional('adminClientSecret'),
    sealingKey: sealingKeys[0] ?? Buffer.alloc(0),
    sealingKeys,
    nextSealingKeys: seal(encryption.next),
    hasFormer: encryption.former.length + lookup.former.length > 0,
    lookupKey: nameKeys[0] ?? Buffer.alloc(0),
    nameKeys,
    // Before there was a lookupKey, it was derived from keyEncryptionKey: accounts of that time are found by it.
    lookupKeys: [...nameKeys, ...lookUp(allOf(encryption))],
    nextLookupKeys: lookUp(lookup.next),
    linkKeys: allOf(lookup).map((key) => derive(key, 'seal links of pages')),
    erasureKeys: allOf(lookup).map((key) => derive(key, 'prove erasures')),
    cookieKeys: allOf(encryption).map((key) => derive(key, 'sign cookies').toString('base64url')),
  };
}

/** Whether what the key at this place has sealed may stay so: it is the current one, or the current one of a replica that is ahead. */
export function isLasting(
  { sealingKeys, nextSealingKeys }: Pick<IdentitySecrets, 'sealingKeys' | 'nextSealingKeys'>,
  place: number,
): boolean {
  return place === 0 || place >= sealingKeys.length - nextSealingKeys.length;
}

function derive(key: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, 'careplane-identity', purpose, 32));
}
