import { erasureConfig, milliseconds } from '@careplane/kit';
import { Malformed, parseVerifierKey } from '@careplane/tlog';
import type { VerifierKey } from '@careplane/tlog';
import { z } from 'zod';

/** The Secret with the keys of the audit, which the operator generates (`spec.secrets`). */
export const KEYS_SECRET = 'audit-keys';

export const auditConfig = z.object({
  /** What every key and ciphertext is bound to; default: the namespace. */
  TENANT: z.string().min(1).optional(),
  /** The name of the log in its checkpoints, when its key follows from `signingSeed`; default: `careplane.dev/<namespace>/audit`. */
  LOG_ORIGIN: z.string().min(1).max(128).optional(),
  /** The verifier key of the witness, from whoever runs it; default: the key that the witness says. */
  WITNESS_KEY: z.string().transform(toWitnessKey).optional(),
  /** How long a data key stays in memory: an erased patient's entries are readable for no longer. */
  DATA_KEY_MAX_AGE_MS: milliseconds.min(1_000).default(300_000),
  /** How long after one way through the log the next one begins, which compares each entry with what it is found by. */
  CHECK_MS: milliseconds.min(100).default(3_600_000),
  /** Between two bundles of 256 entries of such a way. */
  CHECK_BUNDLE_MS: milliseconds.min(1).default(5_000),
  ERASURE_COMPARE_MS: erasureConfig.shape.ERASURE_COMPARE_MS,
  /** How often it is looked for data keys that a former key wraps. */
  UPKEEP_MS: milliseconds.min(100).default(3_600_000),
});

export type AuditConfig = z.infer<typeof auditConfig>;

function toWitnessKey(text: string, ctx: z.RefinementCtx): VerifierKey {
  try {
    const key = parseVerifierKey(text.trim());
    if (key.algorithm === 'cosignature/v1') return key;
    ctx.addIssue({ code: 'custom', message: 'is the key of a log, not of a witness' });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    ctx.addIssue({ code: 'custom', message: error.message });
  }
  return z.NEVER;
}
