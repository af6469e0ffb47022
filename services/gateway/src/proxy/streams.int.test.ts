import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it, jest } from '@jest/globals';
import { until } from '@careplane/testing';
import { request } from 'undici';
import { withToken } from '../../test/stage.ts';
import type { FakeBackend, Stage } from '../../test/stage.ts';
import { useStages } from '../../test/stages.ts';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

const UPLOAD = '/uploads/1';

describe('documents through the gateway', () => {
  const { backend, stage, ends } = useStages();

  /** Hashes what it gets; answers `GET /fhir/R4/Binary/<n>` with so many bytes. */
  const documents: RequestListener = (req, res) => {
    const size = Number(req.url?.split('/').at(-1));
    if (req.method === 'HEAD') {
      res.writeHead(200, { 'content-length': String(size) }).end();
    } else if (req.method === 'GET') {
      res.writeHead(206, { 'content-length': String(size), 'x-range': req.headers.range ?? '' });
      Readable.from(zeros(size)).pipe(res);
    } else {
      const hash = createHash('sha256');
      req.on('data', (piece: Buffer) => hash.update(piece));
      req.once('end', () => res.writeHead(204, { 'x-digest': hash.digest('hex') }).end());
    }
  };
  async function open(
    answer: RequestListener = documents,
    env: Record<string, string> = {},
  ): Promise<Stage & { readonly one: FakeBackend }> {
    const one = await backend(answer);
    const paths = ['/uploads', '/fhir/R4/Binary', '/api'];
    return { ...(await stage({ routes: [{ service: 'one', url: one.url, paths }], env })), one };
  }
  async function client(
    url: string,
    head: readonly string[],
  ): Promise<{ socket: Socket; heard: () => string }> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let heard = '';
    socket.on('data', (piece: Buffer) => (heard += piece.toString())).on('error', () => undefined);
    ends.push(() => Promise.resolve(socket.destroy()));
    await once(socket, 'connect');
    socket.write(`${[...head, 'host: clinic'].join('\r\n')}\r\n\r\n`);
    return { socket, heard: () => heard };
  }
  const heardOf = (heard: () => string, what: RegExp): Promise<unknown> =>
    until(() => Promise.resolve(what.test(heard())), { what: String(what) });

  it('go both ways, with their length, range and head', async () => {
    const { url, token } = await open();
    const authorization = `Bearer ${await token()}`;
    const sent = await request(`${url}${UPLOAD}`, {
      method: 'PATCH',
      headers: { authorization, 'content-type': 'application/offset+octet-stream' },
      body: Readable.from(zeros(20_000_000)),
    });
    const expected = createHash('sha256').update(Buffer.alloc(20_000_000)).digest('hex');
    await sent.body.dump();
    expect([sent.statusCode, sent.headers['x-digest']]).toEqual([204, expected]);
    const path = `${url}/fhir/R4/Binary/20000000`;
    const got = await request(path, { headers: { authorization, range: 'bytes=5-' } });
    expect([got.statusCode, got.headers['x-range'], got.headers['content-length']]).toEqual([
      206,
      'bytes=5-',
      '20000000',
    ]);
    expect((await got.body.arrayBuffer()).byteLength).toBe(20_000_000);
    const head = await request(path, { method: 'HEAD', headers: { authorization } });
    await head.body.dump();
    expect([head.statusCode, head.headers['content-length']]).toEqual([200, '20000000']);
  });

  it('take longer than other requests while their bytes flow, and are 408 when they do not', async () => {
    const seen: string[] = [];
    const { url, token } = await open(
      (req, res) => {
        req.on('close', () => seen.push(req.complete ? 'whole' : 'broken'));
        documents(req, res);
      },
      {
        ...{ REQUEST_TIMEOUT_MS: '1200', REQUEST_ARRIVAL_MS: '1000', BACKEND_TIMEOUT_MS: '1200' },
        ...{ STREAM_STRETCH_MS: '1500', STREAM_LEAST_BYTES: '100' },
      },
    );
    const head = [
      `PATCH ${UPLOAD} HTTP/1.1`,
      `authorization: Bearer ${await token()}`,
      'content-length: 9000',
    ];
    const [slow, silent] = [await client(url, head), await client(url, head)];
    silent.socket.write('x');
    let sent = 0;
    const begun = performance.now();
    await until(
      () => {
        if (sent < 8_000) sent += Number(slow.socket.write(Buffer.alloc(100))) * 100;
        return Promise.resolve(performance.now() - begun > 3_000);
      },
      { what: 'more time than requests have' },
    );
    expect(slow.heard()).toBe('');
    slow.socket.write(Buffer.alloc(9_000 - sent));
    await heardOf(slow.heard, /^HTTP\/1.1 204 /);
    await heardOf(silent.heard, /^HTTP\/1.1 408 /);
    await until(() => Promise.resolve(seen.includes('broken')), { what: 'the service to be told' });
  });

  it('are of a size: 413 for what says that it is larger, and for what turns out to be', async () => {
    const { url, token, one } = await open(documents, { STREAM_LIMIT_BYTES: '1000000' });
    const send = async (body: Buffer | Readable): Promise<number> => {
      const headers = { authorization: `Bearer ${await token()}` };
      const answer = await request(`${url}${UPLOAD}`, { method: 'PATCH', headers, body });
      await answer.body.dump();
      return answer.statusCode;
    };
    expect(await send(Buffer.alloc(1_000_001))).toBe(413);
    expect(one.seen).toEqual([]);
    expect(await send(Readable.from(zeros(1_100_000)))).toBe(413);
    expect(await send(Readable.from(zeros(1_000_000)))).toBe(204);
  });

  it('are asked for only when they are let in (Expect: 100-continue)', async () => {
    const { url, token } = await open();
    const head = [`PATCH ${UPLOAD} HTTP/1.1`, 'content-length: 3', 'expect: 100-continue'];
    const refused = await client(url, head);
    await heardOf(refused.heard, /^HTTP\/1.1 401 [^]*connection: close/i);
    const asked = await client(url, [...head, `authorization: Bearer ${await token()}`]);
    await heardOf(asked.heard, /^HTTP\/1.1 100 /);
    asked.socket.write('abc');
    await heardOf(asked.heard, /HTTP\/1.1 204 /);
  });

  it('take no place of others, a few of each caller, and none of a slow service', async () => {
    const {
      url,
      token,
      one: service,
    } = await open(documents, {
      ...{ MAX_IN_FLIGHT: '10', CALLER_STREAMS: '20' },
    });
    const bearer = await token('slow');
    const head = [`PATCH ${UPLOAD} HTTP/1.1`, `authorization: Bearer ${bearer}`, 'content-length: 100'];
    const clients = [];
    for (let at = 0; at < 20; at += 1) {
      const one = await client(url, head);
      one.socket.write('x'); // undici sends nothing before
      clients.push(one);
      await until(() => Promise.resolve(service.seen.length === at + 1), { what: 'it to reach the service' });
    }
    const another = await fetch(`${url}${UPLOAD}`, withToken(bearer, { method: 'PATCH', body: 'x' }));
    expect([another.status, another.headers.get('retry-after')]).toEqual([503, '1']);
    const other = await token('other');
    for (const path of ['/api/204', '/fhir/R4/Binary/5'])
      expect((await fetch(`${url}${path}`, withToken(other))).status).toBe(206);
    clients[0]?.socket.destroy();
    const again = (): Promise<Response> =>
      fetch(`${url}${UPLOAD}`, withToken(bearer, { method: 'PATCH', body: 'x' }));
    await until(async () => (await again()).status === 204, { what: 'its place to be free' });
  });

  it('that clients break off open no circuit; what the service answers early is answered', async () => {
    const { url, token } = await open((req, res) => {
      if (req.headers['x-wrong'] === undefined) documents(req, res);
      else res.writeHead(409, { 'upload-offset': '7' }).end();
    });
    const bearer = await token();
    const head = [`PATCH ${UPLOAD} HTTP/1.1`, `authorization: Bearer ${bearer}`, 'content-length: 100'];
    for (let at = 0; at < 20; at += 1) {
      const { socket } = await client(url, head);
      socket.end('half of it');
      await once(socket, 'close');
    }
    const wrong = await request(`${url}${UPLOAD}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${bearer}`, 'x-wrong': 'yes' },
      body: Readable.from(zeros(3_000_000)),
    });
    await wrong.body.dump();
    expect([wrong.statusCode, wrong.headers['upload-offset']]).toEqual([409, '7']);
    const good = await fetch(`${url}${UPLOAD}`, withToken(bearer, { method: 'PATCH', body: 'x' }));
    expect(good.status).toBe(204);
  });
});

function* zeros(size: number): Generator<Buffer> {
  const piece = Buffer.alloc(65_536);
  for (let left = size; left > 0; left -= piece.length) yield piece.subarray(0, left);
}
