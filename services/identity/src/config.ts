import { milliseconds } from '@careplane/kit';
import { z } from 'zod';

const count = z.coerce.number().int().min(1);

/** The keys of `spec.config` that identity reads. */
export const identityConfig = z.object({
  /** The `iss` of every user token. */
  ISSUER: z.string().min(1).default('careplane-identity'),
  /** The public address of the clinic, without a path: the `iss` of OAuth tokens, and where people log in. */
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
  /** Failed logins allowed for one account from one address, and in how many seconds. */
  LOGIN_FAILURES: count.default(10),
  /** Failed logins allowed from one address over all accounts. A clinic's patients may share one (a mobile network). */
  LOGIN_FAILURES_PER_ADDRESS: count.default(200),
  LOGIN_WINDOW_S: count.default(300),
  /** Mails that registrations and forgotten passwords from one network may cause in an hour. */
  MAILS_PER_NETWORK: count.default(30),
  /** Of registrations and of logins each: passwords hashed at once (19 MiB and a thread of the pool), how many may wait, how long. */
  HASH_CONCURRENCY: count.default(2),
  HASH_QUEUE: count.default(200),
  HASH_WAIT_MS: milliseconds.default(5_000),
  /** How long a replica may use signing keys without looking whether another one has added some. */
  KEYS_REFRESH_MS: milliseconds.default(30_000),
});

export type IdentityConfig = z.infer<typeof identityConfig>;
