import { z } from 'zod';
import { milliseconds } from '../config.ts';

/** The keys of `spec.config` of a service that keeps data about patients. */
export const erasureConfig = z.object({
  /** How long after an erasure a request of before it may still write: what came meanwhile is removed again. */
  ERASURE_SETTLE_MS: milliseconds.default(300_000),
  /** How often it is compared with identity whether every erased patient is erased here, too. */
  ERASURE_COMPARE_MS: milliseconds.default(300_000),
});
