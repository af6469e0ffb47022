import { createRemoteJWKSet, customFetch } from 'jose';
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import type { FetchImplementation, JWTVerifyGetKey } from 'jose';
import type { ServiceContext } from '../context.ts';
import { describeError } from '../observe/describe-error.ts';
import { aborted, backoffMs, inTime, pause, TooLate } from '../resilience/backoff.ts';

/** The issuer's keys cannot be had now: whether a token is good is not known. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/** All in milliseconds. */
export interface KeyTimes {
  /** Keys are fetched again after this, so that a retired key is forgotten. */
  readonly freshMs: number;
  /** Within this, known keys still count while the issuer cannot be reached: four times as long as a token lives. */
  readonly staleMs: number;
  /** Tokens of unknown keys make at most one fetch in this time, whether the last one succeeded or failed. */
  readonly cooldownMs: number;
  /** Generous, for a busy machine: nobody waits for a fetch who can do without. */
  readonly fetchMs: number;
  /** How long a request waits that cannot do without. */
  readonly waitMs: number;
}

const TIMES: KeyTimes = {
  freshMs: 600_000,
  staleMs: 3_600_000,
  cooldownMs: 1_000,
  fetchMs: 5_000,
  waitMs: 2_000,
};
const BACKOFF = { baseMs: 200, capMs: 5_000 };
/** Refreshes come up to this share sooner, so that replicas that started together do not ask together for ever. */
const SPREAD = 0.2;

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

/**
 * The keys of an issuer: jose's remote set, fetched from the start on and again every ten minutes in the background, so that
 * no request waits for a refresh and a restart of the issuer logs nobody out. Readiness waits for the first keys, for a
 * while, so that a new pod refuses nobody for want of them. Only a token of an unknown key waits for a fetch: that key
 * may be newer than what is known.
 * @returns a getter that throws what jose throws for a token at fault, another error when that cannot be told
 */
export function remoteKeys(
  ctx: Pick<ServiceContext, 'health' | 'lifecycle' | 'logger' | 'transport'>,
  jwksUrl: string,
  times: Partial<KeyTimes> = {},
): JWTVerifyGetKey {
  const { freshMs, staleMs, cooldownMs, fetchMs, waitMs } = { ...TIMES, ...times };
  const fetching = watchedFetch(ctx.transport.dispatcher);
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    cacheMaxAge: staleMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: fetchMs,
    [customFetch]: fetching.fetch,
  });
  const isKnown = (kid: string | undefined): boolean =>
    keys.fresh && keys.jwks()?.keys.some((key) => key.kid === kid) === true;
  ctx.health.register('user-keys', 'awaited', () => {
    if (!keys.fresh) throw new KeysUnavailable();
  });
  const running = keepFresh(ctx, keys, freshMs);
  ctx.lifecycle.onShutdown('close', 'user keys', () => running);
  return async (header, token) => {
    // jose's own cooldown counts from the last fetch that succeeded: without this, made-up keys ask a dead issuer each time.
    if (!isKnown(header.kid) && fetching.failedWithin(cooldownMs)) throw new KeysUnavailable();
    try {
      return await inTime(keys(header, token), waitMs);
    } catch (error) {
      if (!(error instanceof TooLate)) throw error;
      fetching.failed();
      throw new KeysUnavailable('keys cannot be had');
    }
  };
}

interface WatchedFetch {
  readonly fetch: FetchImplementation;
  /** Somebody waited in vain, though the fetch may go on. */
  failed(): void;
  failedWithin(ms: number): boolean;
}

/** Fetches keys and knows when that failed last; an issuer that has no keys at all fails. */
function watchedFetch(dispatcher: Dispatcher): WatchedFetch {
  let failedAt = -Infinity;
  const failed = (): void => {
    failedAt = performance.now();
  };
  return {
    async fetch(url, options): Promise<Response> {
      try {
        const headers = Object.fromEntries(options.headers);
        const { statusCode, body } = await request(url, { headers, signal: options.signal, dispatcher });
        if (statusCode !== 200) {
          await body.dump();
          throw new KeysUnavailable(`the issuer answers ${String(statusCode)}`);
        }
        const set = (await body.json()) as { readonly keys?: readonly unknown[] } | null;
        if (!set?.keys?.length) throw new KeysUnavailable('the issuer has no keys');
        failedAt = -Infinity;
        return Response.json(set);
      } catch (error) {
        failed();
        throw error;
      }
    },
    failed,
    failedWithin: (ms) => performance.now() - failedAt < ms,
  };
}

/** Goes on until the service ends. A fetch that is under way then is left to the requests that wait for it. */
async function keepFresh(
  { lifecycle: { signal }, logger }: Pick<ServiceContext, 'lifecycle' | 'logger'>,
  keys: RemoteKeys,
  freshMs: number,
): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    try {
      await Promise.race([keys.reload(), aborted(signal)]);
      if (failures > 0) logger.info('user keys: fetched');
      failures = 0;
    } catch (error) {
      if (failures === 0) logger.warn('user keys: not fetched', describeError(error));
      failures += 1;
    }
    const waitMs = failures === 0 ? freshMs * (1 - SPREAD * Math.random()) : backoffMs(failures - 1, BACKOFF);
    await pause(waitMs, signal);
  }
}
