import type { Redis } from 'ioredis';
import * as z from 'zod';
import { abortable } from '../../runtime/abortable.ts';
import type { RunningMember } from '../running-member.ts';
import { OPERATOR_USER } from './acl.ts';

export interface RedisAccess {
  host: string;
  port: number;
  /** PEM of the authorities that the server's certificate is checked against. */
  ca: string;
  /** Password of the operator's own user. */
  password: string;
  /** Once aborted, the connection is closed and nothing more is sent: the Lease may be another's. */
  signal?: AbortSignal;
}

/** Milliseconds to connect, and for one command. */
const TIMEOUT_MS = 5_000;

/** Opens one connection over TLS as the operator, uses it and closes it. No retries: the reconcile is the retry. */
export async function withRedis<T>(access: RedisAccess, use: (client: Redis) => Promise<T>): Promise<T> {
  const { Redis: Client } = await import('./driver.ts');
  const client: Redis = new Client({
    host: access.host,
    port: access.port,
    username: OPERATOR_USER,
    password: access.password,
    tls: { ca: access.ca },
    lazyConnect: true,
    enableReadyCheck: true,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectionName: 'careplane-operator',
  });
  let lost: Error | undefined;
  // Without a listener the library prints errors; `connect` rejects with a less telling one.
  client.on('error', (error) => {
    lost = error;
  });
  try {
    return await abortable(
      access.signal,
      () => {
        client.disconnect();
      },
      async () => {
        await client.connect();
        return use(client);
      },
    );
  } catch (error) {
    access.signal?.throwIfAborted();
    throw lost ?? error;
  } finally {
    disconnect(client);
  }
}

/** Closes the connection. One that is closed already would leave the library's timer of two seconds, which keeps the process. */
export function disconnect(client: Pick<Redis, 'status' | 'disconnect'>): void {
  if (client.status !== 'end') client.disconnect();
}

const TLS_FILES = ['tls-cert-file', 'tls-key-file', 'tls-ca-cert-file'] as const;

/**
 * Sets the paths of certificate, key and authorities to what they are, which reads them anew, all or none. Connections stay; an unusable
 * pair is refused and the old one kept (https://redis.io/docs/latest/operate/oss_and_stack/management/security/encryption/).
 */
export async function reloadCertificates(client: Redis): Promise<void> {
  const paths = z.array(z.string()).parse(await client.config('GET', ...TLS_FILES));
  await client.call('CONFIG', 'SET', ...paths);
}

/** Of Valkey its own: the version of Redis that it also tells is the one that it is compatible with. */
const VERSION = /^valkey_version:(\S+)/m;
const REDIS_VERSION = /^redis_version:(\S+)/m;

/** What the server runs and where it keeps its data, by its own account. */
export async function readServer(client: Redis): Promise<RunningMember> {
  const [, directory] = z.array(z.string()).parse(await client.config('GET', 'dir'));
  const info = await client.info('server');
  const version = (VERSION.exec(info) ?? REDIS_VERSION.exec(info))?.[1];
  if (directory === undefined || version === undefined)
    throw new Error('redis does not say where its data is, or what it runs');
  return { directory, version };
}
