import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withMember } from '../engines/mongodb/member.ts';
import { withRedis } from '../engines/redis/connection.ts';
import { abortable } from './abortable.ts';

const LOST = new Error('leadership was lost');

describe('work that ends with the Lease', () => {
  /** An engine that takes connections and never says a word. */
  let server: Server;
  let sockets: Socket[];
  let port: number;
  let lease: AbortController;

  beforeEach(async () => {
    lease = new AbortController();
    sockets = [];
    server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      lease.abort(LOST);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('leaves a database that does not answer', async () => {
    const access = { ca: '', keyfile: 'k', signal: lease.signal };
    const use = withMember(`127.0.0.1:${port}`, access, (client) => client.db('admin').command({ ping: 1 }));
    await expect(use).rejects.toBe(LOST);
  });

  it('leaves a Redis that does not answer', async () => {
    const access = { host: '127.0.0.1', port, ca: '', password: 'p', signal: lease.signal };
    await expect(withRedis(access, (client) => client.ping())).rejects.toBe(LOST);
  });

  it('does not begin when the Lease is lost already', async () => {
    lease.abort(LOST);
    const did: string[] = [];
    const work = abortable(
      lease.signal,
      () => undefined,
      () => Promise.resolve(did.push('work')),
    );
    await expect(work).rejects.toBe(LOST);
    expect(did).toEqual([]);
  });

  it('ends as the work does, with and without a Lease', async () => {
    for (const signal of [undefined, lease.signal]) {
      await expect(
        abortable(
          signal,
          () => undefined,
          () => Promise.resolve(1),
        ),
      ).resolves.toBe(1);
      await expect(
        abortable(
          signal,
          () => undefined,
          () => Promise.reject(new Error('no')),
        ),
      ).rejects.toThrow('no');
    }
  });
});
