import { hkdfSync } from 'node:crypto';
import type { Bindings } from '@careplane/kit';
import { parseSigningKey, parseVerifierKey, signingKeyFromSeed } from '@careplane/tlog';
import type { SigningKey, VerifierKey } from '@careplane/tlog';

/** Keys of the log. Its name is the name of its keys: the origin of its checkpoints. */
export interface LogKeys {
  readonly signing: SigningKey;
  /** Whoever signed checkpoints of this log: the signing key, then former ones; those of another name are from when the log had that name. */
  readonly verifiers: readonly VerifierKey[];
}

/** Generated secrets have 32 random characters or more. */
const SHORTEST = 32;

/**
 * Reads the keys of the log from a Secret: `signingKey` (`PRIVATE+KEY+...`, from a key ceremony) or, when there is none, `signingSeed` (any random
 * text, from which a key follows); and `formerKeys`, verifier keys, one a line, also under former names of the log.
 * @param origin the name of the key that follows from a seed
 * @throws TypeError when there is no key or one is a witness's; Malformed, without a word of it, when it is no key
 */
export function readLogKeys(bindings: Bindings, secret: string, origin: string): LogKeys {
  const { signingKey = '', signingSeed = '', formerKeys = '' } = bindings.secret(secret);
  const signing =
    signingKey === '' ? keyFrom(signingSeed, secret, origin) : parseSigningKey(signingKey.trim());
  const former = formerKeys
    .split(/\s+/)
    .filter((line) => line !== '')
    .map(parseVerifierKey);
  const verifiers = [signing.verifier, ...former];
  if (verifiers.some(({ algorithm }) => algorithm !== 'ed25519'))
    throw new TypeError(`${secret}: a log's keys are of ed25519, not of a witness`);
  return { signing, verifiers };
}

function keyFrom(seed: string, secret: string, origin: string): SigningKey {
  if (seed.length < SHORTEST) throw new TypeError(`${secret}: signingKey or signingSeed is missing or short`);
  const bytes = new Uint8Array(hkdfSync('sha256', seed, '', 'sign the audit log', SHORTEST));
  return signingKeyFromSeed(origin, 'ed25519', bytes);
}
