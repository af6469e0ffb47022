import { Redis } from 'ioredis';
import { OPERATOR_USER } from './acl.ts';

export interface RedisAccess {
  host: string;
  port: number;
  /** PEM of the authorities that the server's certificate is checked against. */
  ca: string;
  /** Password of the operator's own user. */
  password: string;
}

/** Milliseconds to connect, and for one command. */
const TIMEOUT_MS = 5_000;

/** Opens one connection over TLS as the operator, uses it and closes it. No retries: the reconcile is the retry. */
export async function withRedis<T>(access: RedisAccess, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({
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
    await client.connect();
    return await use(client);
  } catch (error) {
    throw lost ?? error;
  } finally {
    client.disconnect();
  }
}
