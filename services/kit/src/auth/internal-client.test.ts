import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createTransport } from '../tls/transport.ts';
import type { Transport } from '../tls/transport.ts';
import { createInternalClient } from './internal-client.ts';
import type { InternalClient } from './internal-client.ts';

/** More than the budget of retries has at rest. */
const MANY = 12;

/** So many of the next requests end with their connection. */
let closing: number;
let status: number;
let requests: number;
let peer: Server;
let transport: Transport;
let client: InternalClient;

beforeEach(async () => {
  [closing, status, requests] = [0, 200, 0];
  peer = createServer((req, res) => {
    requests += 1;
    closing -= 1;
    if (closing >= 0) req.socket.destroy();
    else res.writeHead(status, { 'content-type': 'application/json' }).end('42');
  });
  await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve));
  transport = createTransport({ credentials: () => undefined });
  const { port } = peer.address() as AddressInfo;
  client = createInternalClient(
    { calls: { url: () => `http://127.0.0.1:${String(port)}` } as never, transport },
    'peer',
  );
});

afterEach(async () => {
  await transport.dispatcher.close();
  peer.closeAllConnections();
  peer.close();
});

const ask = (): Promise<number> => client.getJson('/internal/x', z.number());

describe('a call of another service', () => {
  it('is sent again when its connection closes, however often that happened before', async () => {
    closing = 3 * MANY + 1;
    for (let call = 0; call < MANY; call += 1) await expect(ask()).rejects.toThrow('peer answered nothing');
    expect(requests).toBe(3 * MANY);
    expect(await ask()).toBe(42);
  });

  it('that fails is sent again within a budget, so that retries are no load', async () => {
    status = 500;
    for (let call = 0; call < MANY; call += 1) await expect(ask()).rejects.toThrow('peer answered 500');
    expect(requests).toBeLessThan(2 * MANY);
  });
});
