import type { Bindings } from '@careplane/kit';
import { Malformed, parseSigningKey, parseVerifierKey, signingKeyFromSeed } from '@careplane/tlog';
import type { SigningKey, VerifierKey } from '@careplane/tlog';
import { hkdfSync } from 'node:crypto';
import { z } from 'zod';

/** Verifier keys of logs, separated by white space. The name of a key is the origin of its log; a log may have several. */
const verifierKeys = z
  .string()
  .transform((text) => text.split(/\s+/).filter((one) => one !== ''))
  .pipe(z.array(z.string().transform(toLogKey)).min(1));

function toLogKey(text: string, ctx: z.RefinementCtx): VerifierKey {
  try {
    const key = parseVerifierKey(text);
    if (key.algorithm === 'ed25519') return key;
    ctx.addIssue({ code: 'custom', message: 'is the key of a witness, not of a log' });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    ctx.addIssue({ code: 'custom', message: error.message });
  }
  return z.NEVER;
}

/** The keys of `spec.config`. */
export const witnessConfig = z.object({
  /** The keys of the logs whose checkpoints it cosigns. */
  LOG_KEYS: verifierKeys,
  /** Its name, when its key follows from a seed: an address without the scheme. */
  WITNESS_NAME: z
    .string()
    .regex(/^[^\s+]+$/)
    .default('careplane.dev/witness'),
});

/** The Secret with the witness's key: `signingKey` (`PRIVATE+KEY+...`), or `signingSeed`, from which a key follows. */
export const WITNESS_SECRET = 'witness-key';

/** Generated secrets have 32 random characters or more. */
const SHORTEST = 32;

/** @throws TypeError when there is no key; Malformed, without a word of it, when it is none */
export function readWitnessKey(bindings: Bindings, name: string): SigningKey {
  const { signingKey = '', signingSeed = '' } = bindings.secret(WITNESS_SECRET);
  if (signingKey === '' && signingSeed.length < SHORTEST)
    throw new TypeError(`${WITNESS_SECRET}: signingKey or signingSeed is missing or short`);
  const key =
    signingKey === ''
      ? signingKeyFromSeed(name, 'cosignature/v1', seedFrom(signingSeed))
      : parseSigningKey(signingKey.trim());
  if (key.verifier.algorithm !== 'cosignature/v1')
    throw new TypeError(`${WITNESS_SECRET}: signingKey is a key of a log, not of a witness`);
  return key;
}

function seedFrom(text: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', text, '', 'cosign checkpoints', SHORTEST));
}
