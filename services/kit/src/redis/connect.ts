import { Redis } from 'ioredis';
import { followBinding } from '../binding-follow.ts';
import type { Binding } from '../bindings.ts';
import type { ServiceContext } from '../context.ts';
import { describeError } from '../observe/describe-error.ts';
import { backoffMs } from '../resilience/backoff.ts';

/** The service's part of the cache. */
export interface Cache {
  readonly client: Redis;
  /** Every key must begin with it: the ACL allows no other. */
  readonly keyPrefix: string;
}

/**
 * Connects to the redis binding in the background. A cache that is away makes its callers fail at once (no offline
 * queue, 300 ms for a command), so that what stands on it falls back; readiness only shows it.
 * @param commandMs for whom nothing else will do than an answer, which a busy machine gives late
 */
export function connectRedis(ctx: ServiceContext, commandMs: number = LIMITS.commandTimeout): Cache {
  let binding = ctx.bindings.read('redis');
  const client = new Redis({
    ...loginOf(binding),
    ...LIMITS,
    commandTimeout: commandMs,
    retryStrategy: (attempt) => backoffMs(attempt, { baseMs: 100, capMs: 5_000 }),
  });
  logTransitions(client, ctx);
  ctx.health.register('redis', 'optional', () => {
    if (client.status !== 'ready') throw new Error('not connected');
  });
  ctx.lifecycle.onShutdown('close', 'redis', () => {
    client.disconnect();
  });
  followBinding(ctx, {
    type: 'redis',
    inUse: () => binding,
    async adopt(next): Promise<void> {
      await prove(next);
      await moveTo(client, binding, next);
      binding = next;
    },
  });
  return { client, keyPrefix: binding['key-prefix'] };
}

const LIMITS = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 3_000,
  commandTimeout: 300,
  socketTimeout: 2_000, // a half-open connection would cost every caller its 300 ms until TCP gives up: minutes
} as const;

interface Login {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly ca?: string };
}

function loginOf(binding: Binding<'redis'>): Login {
  const { host, port, username, password, uri, 'ca.crt': ca } = binding;
  const isSecure = uri?.startsWith('rediss:') === true || ca !== undefined;
  return {
    host,
    port,
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(isSecure ? { tls: ca ? { ca } : {} } : {}),
  };
}

/** @throws when the server does not take this login, or its certificate is not of this authority. */
async function prove(binding: Binding<'redis'>): Promise<void> {
  const probe = new Redis({
    ...loginOf(binding),
    ...LIMITS,
    commandTimeout: 3_000,
    lazyConnect: true,
    retryStrategy: () => null,
  });
  let lost: unknown;
  probe.on('error', (error: unknown) => {
    lost = error; // what `connect` rejects with says less
  });
  try {
    await probe.connect();
    await probe.ping();
  } catch (error) {
    throw lost ?? error;
  } finally {
    probe.disconnect();
  }
}

/**
 * The open connection logs in anew between two commands: nothing is lost, whoever holds the client keeps it, and the
 * server may then forget the old user. Later connections read the options. Only another address needs a new connection.
 */
async function moveTo(client: Redis, before: Binding<'redis'>, next: Binding<'redis'>): Promise<void> {
  const login = loginOf(next);
  const none = { username: undefined, password: undefined, tls: undefined };
  Object.assign(client.options, none, login);
  const old = loginOf(before);
  const isElsewhere = old.host !== login.host || old.port !== login.port || !old.tls !== !login.tls;
  if (isElsewhere) client.disconnect(true);
  else if (client.status === 'ready' && next.password !== undefined)
    await client.auth(next.username ?? 'default', next.password);
}

/** One line when it goes and one when it comes, not one for each attempt between. */
function logTransitions(client: Redis, ctx: ServiceContext): void {
  let away = false;
  client.on('ready', () => {
    away = false;
    ctx.logger.info('redis: connected');
  });
  client.on('error', (error: unknown) => {
    if (!away) ctx.logger.warn('redis: not connected', describeError(error));
    away = true;
  });
}
