import { Redis } from 'ioredis';
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
 */
export function connectRedis(ctx: ServiceContext): Cache {
  const binding = ctx.bindings.read('redis');
  const ca = binding['ca.crt'];
  const tls = binding.uri?.startsWith('rediss:') === true || ca !== undefined;
  const client = new Redis({
    host: binding.host,
    port: binding.port,
    ...(binding.username ? { username: binding.username } : {}),
    ...(binding.password ? { password: binding.password } : {}),
    ...(tls ? { tls: ca ? { ca } : {} } : {}),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 3_000,
    commandTimeout: 300,
    retryStrategy: (attempt) => backoffMs(attempt, { baseMs: 100, capMs: 5_000 }),
  });
  logTransitions(client, ctx);
  ctx.health.register('redis', 'optional', () => {
    if (client.status !== 'ready') throw new Error('not connected');
  });
  ctx.lifecycle.onShutdown('close', 'redis', () => {
    client.disconnect();
  });
  return { client, keyPrefix: binding['key-prefix'] };
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
