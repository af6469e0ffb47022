import { createLocalJWKSet, createRemoteJWKSet, errors } from 'jose';
import type { JWTVerifyGetKey } from 'jose';

/** Keys are fetched again after this, so that a retired key is forgotten. */
const FRESH_MS = 600_000;
/** Within this, known keys still count when the issuer cannot be reached (it restarts, or is away for a while). */
const STALE_MS = 3_600_000;
/** A token with an unknown key makes at most one fetch in this time. */
const COOLDOWN_MS = 10_000;
const FETCH_TIMEOUT_MS = 2_000;

/**
 * The keys of an issuer, cached. Unlike jose's own set, keys that are due for a refresh stay in use for an hour when the
 * refresh fails: a restart of the issuer must not log everybody out.
 */
export function remoteKeys(jwksUrl: string, now: () => number = Date.now): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(jwksUrl), {
    cacheMaxAge: FRESH_MS,
    cooldownDuration: COOLDOWN_MS,
    timeoutDuration: FETCH_TIMEOUT_MS,
  });
  let seen: { at: number; keys: JWTVerifyGetKey } | undefined;
  return async (header, token) => {
    try {
      const key = await remote(header, token);
      const jwks = remote.jwks();
      if (remote.fresh && jwks) seen = { at: now(), keys: createLocalJWKSet(jwks) };
      return key;
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || !seen || now() - seen.at > STALE_MS) throw error;
      return seen.keys(header, token);
    }
  };
}
