import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { describeError } from '../observe/describe-error.ts';
import type { Logger } from '../observe/logger.ts';
import { CallFailed } from './internal-client.ts';
import type { KeyTimes } from './remote-keys.ts';

/** Keys as they were last fetched. */
export interface FetchedKeys {
  /** The keys, unless they are too old to count. */
  current(): JWTVerifyGetKey | undefined;
  /** Whether the last fetch has succeeded and none is under way: a key that is not among them does not exist. */
  readonly certain: boolean;
  /** Why the last fetch has failed. */
  readonly failure: unknown;
  /** Fetches, or joins the fetch that is under way. Never rejects: see `certain`. */
  refresh(): Promise<void>;
  /** As `refresh`, but does nothing within the cooldown after a fetch. */
  lookAgain(): Promise<void>;
}

/** No keys yet; nothing is fetched. One line is logged when fetching begins to fail and one when it succeeds again. */
export function createFetchedKeys(url: string, times: KeyTimes, logger: Logger): FetchedKeys {
  let known: { at: number; keys: JWTVerifyGetKey } | undefined;
  let underWay: Promise<void> | undefined;
  let endedAt = -Infinity;
  let failure: unknown;
  const isFailing = (): boolean => failure !== undefined;
  const fetchOnce = async (): Promise<void> => {
    try {
      const keys = await fetchKeys(url, times.fetchMs);
      if (isFailing() || !known) logger.info('user keys: fetched');
      failure = undefined;
      known = { at: performance.now(), keys };
    } catch (error) {
      if (!isFailing()) logger.warn('user keys: not fetched', describeError(error));
      failure = error ?? new Error('failed for no reason');
    }
    endedAt = performance.now();
    underWay = undefined;
  };
  const refresh = (): Promise<void> => (underWay ??= fetchOnce());
  return {
    current: () => (known && performance.now() - known.at <= times.staleMs ? known.keys : undefined),
    get certain(): boolean {
      return known !== undefined && underWay === undefined && !isFailing();
    },
    get failure(): unknown {
      return failure;
    },
    refresh,
    async lookAgain(): Promise<void> {
      if (underWay || performance.now() - endedAt >= times.cooldownMs) await refresh();
    },
  };
}

/** @throws CallFailed for anything but a set of at least one key: an issuer without keys has issued nothing. */
async function fetchKeys(url: string, timeoutMs: number): Promise<JWTVerifyGetKey> {
  const answer = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
  });
  if (answer.status !== 200) {
    await answer.body?.cancel();
    throw new CallFailed('the issuer', answer.status);
  }
  const jwks = (await answer.json()) as JSONWebKeySet;
  const keys = createLocalJWKSet(jwks);
  if (jwks.keys.length === 0) throw new CallFailed('the issuer', 502);
  return keys;
}
