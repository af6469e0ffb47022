import { errors } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import type { ServiceContext } from '../context.ts';
import { aborted, backoffMs, pause } from '../resilience/backoff.ts';
import { createFetchedKeys } from './fetched-keys.ts';
import type { FetchedKeys } from './fetched-keys.ts';

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
  /** Tokens of unknown keys, and all tokens while there are no keys, make at most one fetch in this time. */
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

/**
 * The keys of an issuer, fetched from the start on and again every ten minutes. Readiness waits for the first ones, for a
 * while, so that a new pod refuses nobody for want of them. Unlike with jose's own set no request waits for a refresh:
 * known keys stay in use for an hour while the issuer is slow or away, since its restart must not log everybody out. Only
 * a token of an unknown key waits: that key may be newer than what is known.
 * @returns a getter that throws what jose throws for a token at fault, KeysUnavailable when that cannot be told.
 */
export function remoteKeys(
  ctx: Pick<ServiceContext, 'health' | 'lifecycle' | 'logger'>,
  jwksUrl: string,
  times: Partial<KeyTimes> = {},
): JWTVerifyGetKey {
  const settings = { ...TIMES, ...times };
  const fetched = createFetchedKeys(jwksUrl, settings, ctx.logger);
  ctx.health.register('user-keys', 'awaited', () => {
    if (!fetched.current()) throw new KeysUnavailable();
  });
  const running = keepFresh(fetched, settings.freshMs, ctx.lifecycle.signal);
  ctx.lifecycle.onShutdown('close', 'user keys', () => running);
  return async (header, token) => {
    const known = await keyOf(fetched.current(), header, token);
    if (known) return known;
    await Promise.race([fetched.lookAgain(), aborted(AbortSignal.timeout(settings.waitMs))]);
    const found = await keyOf(fetched.current(), header, token);
    if (found) return found;
    if (!fetched.certain) throw new KeysUnavailable('keys cannot be had', { cause: fetched.failure });
    throw new errors.JWKSNoMatchingKey();
  };
}

/** Undefined when the token's key is not among them. */
async function keyOf(
  keys: JWTVerifyGetKey | undefined,
  ...which: Parameters<JWTVerifyGetKey>
): Promise<Awaited<ReturnType<JWTVerifyGetKey>> | undefined> {
  try {
    return await keys?.(...which);
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return undefined;
    throw error;
  }
}

/** Goes on until the service ends. A fetch that is under way then is left to the requests that wait for it. */
async function keepFresh(fetched: FetchedKeys, freshMs: number, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    await Promise.race([fetched.refresh(), aborted(signal)]);
    failures = fetched.certain ? 0 : failures + 1;
    const waitMs = failures === 0 ? freshMs * (1 - SPREAD * Math.random()) : backoffMs(failures - 1, BACKOFF);
    await pause(waitMs, signal);
  }
}
