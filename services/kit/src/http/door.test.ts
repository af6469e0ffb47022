import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Router } from 'express';
import { until } from '@careplane/testing';
import { createLogger } from '../observe/logger.ts';
import { createMetrics } from '../observe/metrics.ts';
import { createLogSink } from '../testing/log-sink.ts';
import { createApp } from './app.ts';
import { listen } from './listen.ts';
import type { Listening } from './listen.ts';

const LIMIT = 10_000;

describe('the door of a service', () => {
  let door: Listening;
  /** The same, but it waits 300 ms for a request: only for requests that never arrive. */
  let impatient: Listening;
  let reached = 0;
  /** What answers the slow requests that wait. */
  const slow: (() => void)[] = [];

  beforeAll(async () => {
    const router = Router();
    const echo = Router();
    echo.post('/echo', (req, res) => {
      reached += 1;
      res.json({ body: req.body as unknown });
    });
    router.use('/v1', echo);
    router.get('/v1/things/:id', (req, res) => {
      reached += 1;
      res.json({ id: req.params.id });
    });
    router.get('/v1/slow', (_req, res) => {
      slow.push(() => res.json({ slow: true }));
    });
    const app = createApp({
      logger: createLogger({
        service: 's',
        version: 'v',
        instance: 'i',
        level: 'error',
        stream: createLogSink().stream,
      }),
      metrics: createMetrics(),
      router,
      requestTimeoutMs: 10_000,
      bodyLimitBytes: LIMIT,
      parseBodies: true,
      trustedHops: 0,
      hosts: ['clinic.example', '127.0.0.1'],
      draining: () => false,
    });
    door = await listen(app, 0, { arrivalMs: 20_000 });
    impatient = await listen(app, 0, { arrivalMs: 300 });
  });
  afterAll(async () => {
    for (const one of [door, impatient]) {
      one.server.closeAllConnections();
      await one.drain();
    }
  });

  /** Sends text and reads all that comes back. */
  const raw = async (request: string, to = door): Promise<string> => {
    const socket = connect(to.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(request);
    return text(socket).catch(() => '');
  };
  const head = (line: string, ...headers: string[]): string =>
    [`${line} HTTP/1.1`, 'host: clinic.example', 'connection: close', ...headers, '', ''].join('\r\n');
  const statusOf = async (request: string, to = door): Promise<number> =>
    Number((await raw(request, to)).split(' ')[1] ?? 0);
  const post = (body: Buffer | string | ReadableStream, headers: Record<string, string>): Promise<Response> =>
    fetch(`http://127.0.0.1:${String(door.port)}/v1/echo`, {
      method: 'POST',
      body,
      headers,
      duplex: 'half',
    });

  it('answers 400 to paths that cannot be read, and no route sees them', async () => {
    reached = 0;
    for (const path of [
      '/v1/things/%zz',
      '/v1/things/%ff',
      '/v1//things/1',
      '/v1/%2e%2e/x',
      '/v1/things/a%2fb',
    ])
      expect(await statusOf(head(`GET ${path}`))).toBe(400);
    expect(await statusOf(head(`GET /v1/things/${'a'.repeat(9_000)}`))).toBe(414);
    expect(await statusOf(head('GET /v1/things/1', `x-large: ${'a'.repeat(20_000)}`))).toBe(431);
    expect(await statusOf(head('GET /v1/things/1', `x-large: ${'a'.repeat(40_000)}`))).toBe(431);
    const many = Array.from({ length: 120 }, (_, i) => `x-${String(i)}: a`);
    expect(await statusOf(head('GET /v1/things/1', ...many))).toBe(431);
    expect(reached).toBe(0);
  });

  it('answers 400 to duplicate and ambiguous headers', async () => {
    reached = 0;
    for (const headers of [
      ['authorization: Bearer a', 'authorization: Bearer b'],
      ['if-match: W/"1"', 'If-Match: W/"2"'],
      ['idempotency-key: a', 'idempotency-key: b'],
      ['host: other.example'],
      ['content-length: 2', 'transfer-encoding: chunked'],
      ['content-length: 2', 'content-length: 3'],
      ['transfer-encoding: gzip, chunked'],
      ['content-length: -1'],
      ['content-length: 1e1'],
    ]) {
      expect(await statusOf(`${head('POST /v1/echo', ...headers)}{}`)).toBe(400);
    }
    expect(await statusOf(head('GET http://clinic.example/v1/things/1'))).toBe(400);
    expect(await statusOf('GET /v1/things/1 HTTP/1.1\r\n\r\n')).toBe(400);
    expect(await statusOf('hello\r\n\r\n')).toBe(400);
    expect(reached).toBe(0);
  });

  it('answers 421 to a host that it is not', async () => {
    expect(
      await statusOf('GET /v1/things/1 HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n'),
    ).toBe(421);
    expect(await statusOf(head('GET /v1/things/1'))).toBe(200);
  });

  it('sends a path with a slash at its end to the one without, and says which methods there are', async () => {
    const moved = await raw(head('POST /v1/echo/?a=b', 'content-length: 0'));
    expect(moved).toMatch(/^HTTP\/1.1 308 /);
    expect(moved.toLowerCase()).toContain('location: /v1/echo?a=b\r\n');
    const refused = await raw(head('DELETE /v1/echo'));
    expect(refused).toMatch(/^HTTP\/1.1 405 [^]*allow: POST\r\n/i);
    expect(await raw(head('OPTIONS /v1/things/1'))).toMatch(/^HTTP\/1.1 200 [^]*allow: GET, HEAD\r\n/i);
    expect(await statusOf(head('TRACE /v1/things/1'))).toBe(405);
    expect(await statusOf(head('HEAD /v1/things/1'))).toBe(200);
    expect(await statusOf(head('GET /v1/nothing'))).toBe(404);
  });

  it('lets no cache keep an answer, and no page do anything', async () => {
    const answer = await fetch(`http://127.0.0.1:${String(door.port)}/v1/things/1`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-security-policy')).toBe(
      "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
    );
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  const jsonType = { 'content-type': 'application/json' };
  const COMPRESS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };

  it.each(Object.entries(COMPRESS))(
    'reads what %s has made small, and refuses what it inflates to too much',
    async (coding, compress) => {
      const headers = { ...jsonType, 'content-encoding': coding };
      const fine = await post(compress(Buffer.from('{"a":1}')), headers);
      expect([fine.status, await fine.json()]).toEqual([200, { body: { a: 1 } }]);
      const bomb = compress(Buffer.from(`{"a":"${'0'.repeat(30_000_000)}"}`));
      expect((await post(bomb, headers)).status).toBe(413);
      expect((await post('no such thing', headers)).status).toBe(400);
    },
  );

  it('refuses stacked and unknown encodings', async () => {
    for (const coding of ['gzip, gzip', 'gzip, identity', 'compress', 'constructor', 'aes128gcm'])
      expect((await post(gzipSync('{}'), { ...jsonType, 'content-encoding': coding })).status).toBe(415);
  });

  it.each([
    'application/json',
    'application/graphql',
    'text/plain',
    'application/fhir+json',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
    '',
  ])('refuses too large a body of type "%s", of known and of unknown length', async (type) => {
    reached = 0;
    const headers: Record<string, string> = { 'content-type': type };
    const big = Buffer.alloc(3_000_000, '{');
    const answers = [await post(big, headers), await post(new Blob([big]).stream(), headers)];
    expect(answers.map(({ status }) => status)).toEqual([413, 413]);
    expect(reached).toBe(0);
  });

  it('takes JSON and forms in UTF-8, and nothing else', async () => {
    const form = await post('a=1&b=2&b=3', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(await form.json()).toEqual({ body: { a: '1', b: ['2', '3'] } });
    expect((await post('{ me }', { 'content-type': 'application/graphql' })).status).toBe(415);
    expect((await post('{}', { 'content-type': 'application/json; charset=utf-16' })).status).toBe(415);
    expect((await post(Buffer.from([0x7b, 0xff, 0x7d]), jsonType)).status).toBe(400);
    for (const body of ['{', '1', '"a"', 'null']) expect((await post(body, jsonType)).status).toBe(400);
  });

  it('ends a request that does not arrive in time, in its headers and in its body', async () => {
    reached = 0;
    const posted = (...headers: string[]): string => head('POST /v1/echo', ...headers);
    for (const unfinished of [
      'GET /v1/things/1 HTTP/1.1\r\nhost: clinic.example\r\n',
      `${posted('content-type: application/json', 'content-length: 100')}{"a":`,
      `${posted('transfer-encoding: chunked')}5\r\n{"a":\r\n`,
    ])
      expect(await statusOf(unfinished, impatient)).toBe(408);
    expect(reached).toBe(0);
  });

  it('answers the request before it first, and as its own, when what follows cannot be read', async () => {
    const answer = raw(`GET /v1/slow HTTP/1.1\r\nhost: clinic.example\r\n\r\nno HTTP\r\n\r\n`);
    await until(() => Promise.resolve(slow.length > 0), { what: 'the slow request', everyMs: 5 });
    slow.splice(0).forEach((finish) => finish());
    expect(await answer).toMatch(/^HTTP\/1.1 200 [^]*\{"slow":true\}$/);
  });

  it('ends it also when a byte comes now and then', async () => {
    reached = 0;
    const socket = connect(impatient.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(head('POST /v1/echo', 'content-type: application/json', 'content-length: 9000'));
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
    });
    const drip = setInterval(() => socket.write(' '), 20);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(drip);
    // a byte that meets the closed connection may take the answer along
    expect(answer).toMatch(/^(HTTP\/1.1 408 |$)/);
    expect(reached).toBe(0);
  });

  it('lets go who goes on sending what was refused', async () => {
    const socket = connect(door.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(head('POST /v1/echo', 'content-type: application/json', 'content-length: 1000000000'));
    const flood = Buffer.alloc(65_536, 'a');
    const push = (): void => {
      while (socket.writable && socket.write(flood));
    };
    socket.on('drain', push).resume();
    push();
    await until(() => Promise.resolve(socket.destroyed), { what: 'the connection to end', everyMs: 5 });
    expect(socket.bytesWritten).toBeLessThan(100_000_000);
  });
});
