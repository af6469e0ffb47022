import { Redis } from 'ioredis';
import type { Member } from './database.ts';
import type { Place } from './place.ts';
import { withPortForward } from './port-forward.ts';
import { secretEntries } from './secret-entries.ts';

const PORT = 6379;
const PAGE = 1_000;

/** Runs `use` with a connection to a server as the operator, which may read everything. */
export async function withRedis<T>({ store, pod }: Member, use: (client: Redis) => Promise<T>): Promise<T> {
  const [admin, certificate] = [await secretEntries(`${store}-admin`), await secretEntries(`${store}-tls`)];
  return withPortForward(pod, PORT, async (port) => {
    const client = new Redis({
      host: '127.0.0.1',
      port,
      username: 'careplane-operator',
      password: admin('password'),
      tls: { ca: certificate('ca.crt'), checkServerIdentity: () => undefined },
      lazyConnect: true,
      maxRetriesPerRequest: 1,
    });
    let lost: unknown;
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
  });
}

/** Every key of a server with its value: the files on disk are compressed in part. */
export function cache(member: Member): Place {
  return {
    name: `cache ${member.pod}`,
    async *read() {
      yield* await withRedis(member, allValues);
    },
  };
}

async function allValues(client: Redis): Promise<Uint8Array[]> {
  const values: Buffer[] = [];
  let cursor = '0';
  do {
    const [next, keys] = await client.scanBuffer(cursor, 'COUNT', PAGE);
    for (const key of keys) values.push(key, ...(await valuesOf(client, key)));
    cursor = next.toString();
  } while (cursor !== '0');
  return values;
}

/** Of a key that has ended meanwhile: nothing. */
async function valuesOf(client: Redis, key: Buffer): Promise<Buffer[]> {
  const type = await client.type(key);
  switch (type) {
    case 'none':
      return [];
    case 'string':
      return [(await client.getBuffer(key)) ?? Buffer.alloc(0)];
    case 'hash':
      return (await client.callBuffer('HGETALL', key)) as Buffer[];
    case 'list':
      return client.lrangeBuffer(key, 0, -1);
    case 'set':
      return client.smembersBuffer(key);
    case 'zset':
      return client.zrangeBuffer(key, 0, '-1');
    default:
      throw new Error(`a key of type ${type}: say here how it is read`);
  }
}
