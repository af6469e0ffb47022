import { hkdfSync } from 'node:crypto';
import { decrypt, encrypt, KEY_BYTES } from './cipher.ts';
import { framed } from './framing.ts';
import { UnknownKeyVersion } from './key-provider.ts';
import type { KeyContext, KeyProvider } from './key-provider.ts';

/** A mounted Secret follows its object within a minute; looking more often finds nothing new. */
const REREAD_MS = 5_000;
/** 48 bits tell the few keys of a clinic apart and say nothing about them. */
const VERSION_BYTES = 6;

interface Ring {
  readonly current: string;
  readonly announced: readonly string[];
  readonly keys: ReadonlyMap<string, Buffer>;
}

export interface LocalKeysOptions {
  /** The secrets as they are mounted now, the current one first, former ones after it. Read again while the service runs. */
  readonly read: () => readonly string[];
  /** Those that become the current one soon, which are among the others of `read`: what they wrap stays theirs. */
  readonly announced?: () => readonly string[];
  readonly now?: () => number;
}

/**
 * Key-encryption keys from a mounted Secret. A key's version is its fingerprint, so that a key that was replaced can never be
 * taken for the former one. A Secret that lost the key in use is not taken up: the last good ones stay.
 * @throws Error when no key can be read
 */
export function localKeyProvider(options: LocalKeysOptions): KeyProvider {
  const { read, announced = () => [], now = Date.now } = options;
  let ring = ringOf(read(), announced());
  let readAt = now();
  const reread = (): void => {
    if (now() - readAt < REREAD_MS) return;
    readAt = now();
    const next = tried(() => ringOf(read(), announced()));
    if (next?.keys.has(ring.current)) ring = next;
  };
  const keyOf = (version: string): Buffer => {
    if (!ring.keys.has(version)) reread();
    const key = ring.keys.get(version);
    if (!key) throw new UnknownKeyVersion(version);
    return key;
  };
  return {
    currentVersion(): Promise<string> {
      reread();
      return Promise.resolve(ring.current);
    },
    announcedVersions(): Promise<readonly string[]> {
      reread();
      return Promise.resolve(ring.announced);
    },
    wrap(key, context) {
      reread();
      const version = ring.current;
      const bytes = encrypt(keyOf(version), associated(context, version), key);
      return Promise.resolve({ version, bytes });
    },
    async unwrap({ version, bytes }, context) {
      return Promise.resolve(decrypt(keyOf(version), associated(context, version), bytes));
    },
  };
}

/** The version of a key-encryption key, from its secret. */
export function keyVersion(secret: string): string {
  return derive(secret, 'version of a key-encryption key', VERSION_BYTES).toString('hex');
}

function ringOf(secrets: readonly string[], announced: readonly string[]): Ring {
  const [first] = secrets;
  if (first === undefined) throw new TypeError('there is no key-encryption key');
  const keys = secrets.map((secret): [string, Buffer] => [
    keyVersion(secret),
    derive(secret, 'wrap data keys', KEY_BYTES),
  ]);
  return { current: keyVersion(first), announced: announced.map(keyVersion), keys: new Map(keys) };
}

function derive(secret: string, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'careplane key-encryption', purpose, bytes));
}

function associated({ tenant, subject, keyId, purpose }: KeyContext, version: string): Buffer {
  return framed(['data key', tenant, subject, keyId, purpose, version]);
}

function tried<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined; // a Secret that is being replaced; it is read again
  }
}
