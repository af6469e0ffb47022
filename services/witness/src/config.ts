import type { Bindings } from '@careplane/kit';
import { Malformed, parseSigningKey, parseVerifierKey, signingKeyFromSeed } from '@careplane/tlog';
import type { SigningKey, VerifierKey } from '@careplane/tlog';
import { hkdfSync } from 'node:crypto';
import { z } from 'zod';

/** Words that white space separates. */
const words = z
  .string()
  .default('')
  .transform((text) => text.split(/\s+/).filter((one) => one !== ''));

function toLogKey(text: string, ctx: z.RefinementCtx): VerifierKey {
  const key = parsedLogKey(text);
  if (key !== undefined) return key;
  ctx.addIssue({ code: 'custom', message: 'is no verifier key of a log' });
  return z.NEVER;
}

/** A verifier key with which a log signs; undefined for any other text. */
export function parsedLogKey(text: string): VerifierKey | undefined {
  try {
    const key = parseVerifierKey(text);
    return key.algorithm === 'ed25519' ? key : undefined;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** The keys of `spec.config`. */
export const witnessConfig = z
  .object({
    /** The keys of the logs whose checkpoints it cosigns. The name of a key is the origin of its log; a log may have several. */
    LOG_KEYS: words.pipe(z.array(z.string().transform(toLogKey))),
    /** The origins of logs whose first key is taken from themselves, and kept for good. */
    LOG_ORIGINS: words,
    /** Its name, when its key follows from a seed: an address without the scheme. */
    WITNESS_NAME: z
      .string()
      .regex(/^[^\s+]+$/)
      .default('careplane.dev/witness'),
  })
  .refine(({ LOG_KEYS, LOG_ORIGINS }) => LOG_KEYS.length + LOG_ORIGINS.length > 0, {
    path: ['LOG_KEYS'],
    message: 'LOG_KEYS or LOG_ORIGINS names a log',
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
