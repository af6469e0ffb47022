import { milliseconds } from '@careplane/kit';
import { z } from 'zod';

const count = z.coerce.number().int().min(1);

/** The keys of `spec.config` that identity reads. */
export const identityConfig = z.object({
  /** The public address of the clinic, without a path: the `iss` of tokens, and where people log in. */
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .refine((text) => new URL(text).origin === text, 'an origin, without a path')
    .default('http://localhost:8080'),
  /** Life of a log-in in a browser, and of refresh tokens without `offline_access`, in seconds. */
  SESSION_TTL_S: count.default(28_800),
  /** Life of refresh tokens of `offline_access`, in seconds. Rotation does not prolong it. */
  REFRESH_TTL_S: count.default(2_592_000),
  /** How long a signing key signs, how long before it is published, how long after it stays published; in seconds. */
  KEY_ACTIVE_S: count.default(2_592_000),
  KEY_AHEAD_S: count.default(86_400),
  KEY_KEPT_S: count.default(86_400),
  /** Life of an access token in seconds. */
  TOKEN_TTL_S: count.max(900).default(900),
  /** Failed log-ins allowed for one account, from one known browser and from all others together, in LOGIN_WINDOW_S seconds. */
  LOGIN_FAILURES: count.default(10),
  /** Failed logins allowed from one address over all accounts. A clinic's patients may share one (a mobile network). */
  LOGIN_FAILURES_PER_ADDRESS: count.default(200),
  LOGIN_WINDOW_S: count.default(300),
  /** Mails that registrations and forgotten passwords from one network may cause in an hour; twice as many forms in a minute. */
  MAILS_PER_NETWORK: count.default(30),
  /** Of registrations and of logins each: passwords hashed at once (19 MiB and a thread of the pool), how many may wait, how long. */
  HASH_CONCURRENCY: count.default(2),
  HASH_QUEUE: count.default(200),
  HASH_WAIT_MS: milliseconds.default(5_000),
  /** How long a replica may use signing keys without looking whether another one has added some. */
  KEYS_REFRESH_MS: milliseconds.default(30_000),
  /**
   * What keys and ciphertexts of persons are bound to; the namespace when absent. Data that is restored into another namespace
   * needs the name of the former one.
   */
  TENANT: z.string().min(1).max(200).optional(),
  /** Identifier systems (URIs, separated by spaces) in which a value belongs to one patient: medical record numbers. */
  MRN_SYSTEMS: z
    .string()
    .default('')
    .transform((text) => text.split(/\s+/).filter((system) => system !== '')),
  /**
   * Types of the services that have the rest of a patient's record, in order, separated by commas: `Patient/[id]/$everything` leads to
   * them. Empty where there is no such service.
   */
  RECORD_PARTS: z
    .string()
    .regex(/^(?:[A-Z][A-Za-z]*(?:,[A-Z][A-Za-z]*)*)?$/)
    .default('Encounter,Appointment')
    .transform((text) => text.split(',').filter((type) => type !== '')),
  /** How long a data key stays in memory: so long a replica can read what was erased elsewhere. */
  DATA_KEY_MAX_AGE_MS: milliseconds.default(300_000),
  /** How many days after its end a visit still is treatment, so that who treated sees findings that come later. */
  TREATMENT_DAYS_AFTER_VISIT: z.coerce.number().int().min(0).default(30),
  /** From which birthday on parents and guardians no longer act for a patient. */
  PROXY_UNTIL_AGE: count.default(18),
  /** How many hours a record that was opened in an emergency stays open at most. */
  EMERGENCY_HOURS: z.coerce.number().int().min(1).max(24).default(4),
  /** How many records a practitioner may open in an emergency within an hour. */
  EMERGENCIES_PER_HOUR: count.default(20),
  /** How many hours an approved erasure can still be withdrawn. */
  ERASURE_GRACE_HOURS: z.coerce.number().min(0).max(8_760).default(72),
  /** The services that keep data about patients, by commas: an erasure is done when all have said so. */
  ERASURE_SERVICES: z
    .string()
    .default('appointments,audit,notifications,records')
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.string().regex(/^[a-z][a-z0-9-]{0,62}$/)).max(50)),
  /** How long it is waited for services before they are told of an erasure again. */
  ERASURE_TELL_AGAIN_MS: milliseconds.default(3_600_000),
  /** How often records and keys of former key versions are looked for. */
  UPKEEP_MS: milliseconds.default(300_000),
});

export type IdentityConfig = z.infer<typeof identityConfig>;
