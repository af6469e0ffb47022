import { keyProviderConfig, milliseconds } from '@careplane/kit';
import { z } from 'zod';

/** The keys of `spec.config` that records reads. */
export const recordsConfig = keyProviderConfig.extend({
  /**
   * What keys and ciphertexts are bound to; the namespace when absent. Data that is restored into another namespace needs the name of
   * the former one.
   */
  TENANT: z.string().min(1).max(200).optional(),
  /** How long a data key stays in memory: so long a replica can read what was erased elsewhere. */
  DATA_KEY_MAX_AGE_MS: milliseconds.default(300_000),
  /** How often records and keys of former key versions are looked for. */
  UPKEEP_MS: milliseconds.default(300_000),
  /** How long a bulk export can be fetched, from its kick-off. */
  EXPORT_LIFETIME_MS: milliseconds.min(1).default(86_400_000),
  /** After this another replica goes on with an export whose replica says nothing. */
  EXPORT_LEASE_MS: milliseconds.min(1).default(30_000),
  /** Between two files that an export is divided into. */
  EXPORT_PAUSE_MS: milliseconds.default(20),
});

export type RecordsConfig = z.infer<typeof recordsConfig>;
