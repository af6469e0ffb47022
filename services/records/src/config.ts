import { erasureConfig, keyProviderConfig, milliseconds } from '@careplane/kit';
import { z } from 'zod';
import { blobsConfig } from './blobs/config.ts';
import { MEDIA_TYPES } from './content/index.ts';

/** The keys of `spec.config` that records reads. */
export const recordsConfig = keyProviderConfig.extend({
  ...erasureConfig.shape,
  ...blobsConfig.shape,
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
  /** Bytes that a content of a document may have. */
  CONTENT_LIMIT_BYTES: z.coerce.number().int().min(1).max(2_147_483_648).default(104_857_600),
  /** The media types that contents may have, separated by commas; default all that can be recognised. */
  CONTENT_TYPES: z
    .string()
    .transform((text) => text.split(',').map((type) => type.trim().toLowerCase()))
    .pipe(z.array(z.enum(MEDIA_TYPES as readonly [string, ...string[]])).min(1))
    .optional(),
  /** Uploads of one caller at a time to which no document refers. */
  CONTENT_OPEN_LIMIT: z.coerce.number().int().min(1).max(10_000).default(20),
  /** Bytes that one patient may bring in a day. */
  CONTENT_PATIENT_BYTES_A_DAY: z.coerce.number().int().min(1).default(536_870_912),
  /** How long an upload may rest, and a content be without a document that refers to it. */
  CONTENT_KEEP_MS: milliseconds.min(60_000).default(86_400_000),
  /** Where clamd listens, as `host:port`; absent: contents are not looked through for malware. */
  CLAMD: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,253}:\d{1,5}$/)
    .optional(),
});

export type RecordsConfig = z.infer<typeof recordsConfig>;
