import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { gatewayConfig } from '../config.ts';
import { createBackend } from './backend.ts';
import type { Backend, BackendRequest } from './backend.ts';

const silent = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};

describe('a backend that ends a kept connection just as the next request comes', () => {
  let server: Server;
  let backend: Backend;
  const served = new WeakSet<Socket>();
  const lost: string[] = [];

  beforeEach(async () => {
    lost.length = 0;
    server = createServer((req, res) => {
      if (served.has(req.socket)) {
        lost.push(req.method ?? '');
        req.socket.destroy(); // as a server that drains: it has read the request, and nobody will ever know
        return;
      }
      served.add(req.socket);
      req.resume().once('end', () => res.end('done'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    backend = createBackend(origin, gatewayConfig.parse({ BACKEND_CONNECTIONS: 1 }), silent);
  });
  afterEach(async () => {
    await backend.close();
    server.close();
  });

  const send = async (request: Partial<BackendRequest>): Promise<string> => {
    const whole = {
      method: 'GET',
      path: '/',
      headers: {},
      body: null,
      signal: AbortSignal.timeout(10_000),
      kind: 'k',
      caller: 'ann',
      repeatable: true,
      ...request,
    } as const;
    return (await backend.send(whole)).body.text();
  };

  it('is asked again where that is allowed', async () => {
    for (let i = 0; i < 4; i += 1) expect(await send({})).toBe('done');
    for (let i = 0; i < 4; i += 1) expect(await send({ method: 'POST', body: '{}' })).toBe('done');
    expect(lost).toContain('GET');
    expect(lost).toContain('POST');
  });

  it('never gets what must not be repeated, on such a connection', async () => {
    for (let i = 0; i < 4; i += 1)
      expect(await send({ method: 'POST', body: '{}', repeatable: false })).toBe('done');
    expect(lost).toEqual([]);
  });
});

describe('a service of which one pod is going, to which connections are still sent', () => {
  let server: Server;
  let backend: Backend;
  let failed = 0;

  beforeEach(async () => {
    failed = 0;
    let turn = 0;
    server = createServer((_req, res) => res.setHeader('connection', 'close').end('done'));
    server.on('connection', (socket) => {
      turn += 1;
      if (turn % 2 === 0) return;
      failed += 1;
      socket.resetAndDestroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    backend = createBackend(origin, gatewayConfig.parse({}), silent);
  });
  afterEach(async () => {
    await backend.close();
    server.close();
  });

  it('is not taken for broken: the circuit counts what callers get, not each attempt', async () => {
    const request = {
      method: 'GET',
      path: '/',
      headers: {},
      body: null,
      signal: AbortSignal.timeout(10_000),
      kind: 'k',
      caller: 'ann',
      repeatable: true,
    } as const;
    for (let i = 0; i < 20; i += 1) expect(await (await backend.send(request)).body.text()).toBe('done');
    expect(failed).toBeGreaterThan(10);
  });
});
