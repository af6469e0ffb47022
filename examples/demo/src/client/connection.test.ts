import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from './connection.ts';
import type { Call, Connection } from './connection.ts';

describe('a connection that is answered 503', () => {
  let server: Server;
  let connection: Connection;
  let asked = 0;

  beforeEach(async () => {
    asked = 0;
    server = createServer((_req, res) => {
      asked += 1;
      const status = asked === 1 ? 503 : 200;
      res.writeHead(status, { 'retry-after': '0', 'content-type': 'application/json' }).end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    connection = connect(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  });
  afterEach(async () => {
    await connection.close();
    server.close();
  });

  const status = async (call: Omit<Call, 'path'>): Promise<number> =>
    (await connection.send({ path: '/x', ...call })).status;

  it('asks again for what may be done twice', async () => {
    expect(await status({ method: 'POST', body: {}, idempotencyKey: 'a-key-of-mine' })).toBe(200);
    expect(asked).toBe(2);
  });

  it('returns it for a POST without a key, which may have been done', async () => {
    expect(await status({ method: 'POST', body: {} })).toBe(503);
    expect(asked).toBe(1);
  });
});
