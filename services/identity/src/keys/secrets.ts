import { hkdfSync } from 'node:crypto';
import type { Bindings } from '@careplane/kit';

/** The secret that the operator generates for identity (`spec.secrets`). */
const SECRET = 'identity-keys';
/** A generated key holds far more; less is a mistake in the declaration. */
const SHORTEST = 16;

/** What identity derives from its secret. Each purpose has a key of its own (HKDF, RFC 5869). */
export interface IdentitySecrets {
  readonly adminPassword: string;
  /** Seals signing keys: AES-256. */
  readonly sealingKey: Buffer;
  /** Hides e-mail addresses in indexes, limits and digests: HMAC-SHA-256. */
  readonly lookupKey: Buffer;
}

/** @throws Error when the secret is not mounted or a key of it is missing or short. */
export function readSecrets(bindings: Bindings): IdentitySecrets {
  const { adminPassword = '', keyEncryptionKey = '' } = bindings.secret(SECRET);
  if (adminPassword.length < SHORTEST) throw new TypeError(`${SECRET}: adminPassword is missing or short`);
  if (keyEncryptionKey.length < SHORTEST)
    throw new TypeError(`${SECRET}: keyEncryptionKey is missing or short`);
  const derive = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', keyEncryptionKey, 'careplane-identity', purpose, 32));
  return { adminPassword, sealingKey: derive('seal signing keys'), lookupKey: derive('look up accounts') };
}
