import type { JWTVerifyGetKey } from 'jose';
import { request } from 'undici';
import { z } from 'zod';
import type { ServiceContext } from '../context.ts';
import { describeError } from '../observe/describe-error.ts';
import { inTime, TooLate } from '../resilience/backoff.ts';
import { keepDoing } from '../resilience/keep-doing.ts';
import type { KeepDoing } from '../resilience/keep-doing.ts';
import type { Issuer } from './access-token.ts';
import { KeysUnavailable, remoteKeys } from './remote-keys.ts';
import type { KeyTimes } from './remote-keys.ts';
import { createUserAuth } from './user-auth.ts';
import type { UserAuth } from './user-auth.ts';

type Owner = Pick<ServiceContext, 'health' | 'lifecycle' | 'logger' | 'transport'>;

/** Where keys are asked for at once, before discovery has named the place. */
const KEYS_PATH = '/.well-known/jwks.json';
const DISCOVERY_PATH = '/.well-known/openid-configuration';
const BACKOFF = { baseMs: 200, capMs: 5_000 };
const REFRESH_MS = 600_000;
const FETCH_MS = 5_000;
/** How long a request waits that cannot do without. */
const WAIT_MS = 2_000;

const discovery = z.object({ issuer: z.url(), jwks_uri: z.url() });

/**
 * Verifies tokens by what identity publishes. Its issuer is the clinic's public address, which a service learns from the discovery
 * document: it is fetched, as the keys are, from the address of the declared call. A token that is bound to a key is accepted: the gateway has
 * checked the proof.
 */
export function remoteUserAuth(
  ctx: Owner & Pick<ServiceContext, 'calls'>,
  times: Partial<KeyTimes> = {},
): UserAuth {
  const base = ctx.calls.url('identity');
  const keys = remoteKeys(ctx, `${base}${KEYS_PATH}`, times);
  const provider = remoteProvider(ctx, base, { path: KEYS_PATH, keys, times });
  return createUserAuth({ provider, keyBound: 'accept' });
}

/** @returns a getter that waits for the first answer of discovery, for a while. @throws KeysUnavailable when it does not come */
export function remoteProvider(
  ctx: Owner,
  base: string,
  known: { readonly path: string; readonly keys: JWTVerifyGetKey; readonly times?: Partial<KeyTimes> },
): () => Issuer | Promise<Issuer> {
  let found: Issuer | undefined;
  const first = Promise.withResolvers<Issuer>();
  const keysByPath = new Map([[known.path, known.keys]]);
  /** Only the path counts: the public address is not reached from here. */
  const keysAt = (path: string): JWTVerifyGetKey => {
    const keys = keysByPath.get(path) ?? remoteKeys(ctx, `${base}${path}`, known.times);
    keysByPath.set(path, keys);
    return keys;
  };
  ctx.health.register('token-issuer', 'awaited', () => {
    if (!found) throw new KeysUnavailable();
  });
  const running = follow(ctx, async () => {
    const said = await discover(ctx, base);
    found = { issuer: said.issuer, keys: keysAt(new URL(said.jwks_uri).pathname) };
    first.resolve(found);
  });
  ctx.lifecycle.onShutdown('close', 'token issuer', () => running);
  const { waitMs = WAIT_MS } = known.times ?? {};
  return () => found ?? whenKnown(first.promise, waitMs);
}

async function whenKnown(issuer: Promise<Issuer>, waitMs: number): Promise<Issuer> {
  try {
    return await inTime(issuer, waitMs);
  } catch (error) {
    throw error instanceof TooLate ? new KeysUnavailable('the issuer is not known yet') : error;
  }
}

async function discover({ transport, lifecycle }: Owner, base: string): Promise<z.infer<typeof discovery>> {
  const { statusCode, body } = await request(`${base}${DISCOVERY_PATH}`, {
    dispatcher: transport.dispatcher,
    headers: { accept: 'application/json' },
    signal: AbortSignal.any([AbortSignal.timeout(FETCH_MS), lifecycle.signal]),
  });
  if (statusCode === 200) return discovery.parse(await body.json());
  await body.dump();
  throw new KeysUnavailable(`the issuer answers ${String(statusCode)}`);
}

/** What is known stays while it cannot be had again. */
async function follow({ lifecycle: { signal }, logger }: Owner, look: () => Promise<void>): Promise<void> {
  const onError: KeepDoing['onError'] = (error, failures) => {
    if (failures === 0) logger.warn('token issuer: not fetched', describeError(error));
  };
  await keepDoing(look, { signal, everyMs: REFRESH_MS, backoff: BACKOFF, onError });
}
