import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, jest } from '@jest/globals';
import { json, withToken } from '../test/stage.ts';
import { useStages } from '../test/stages.ts';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

describe('the entrance', () => {
  const { backend, echo, stage } = useStages();

  /** What a client sends that no library would; gives all that comes back. */
  const raw = async (url: string, request: string): Promise<string> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(request);
    return text(socket).catch(() => '');
  };

  it('refuses what is malformed before any service sees it, and no circuit opens by it', async () => {
    const one = await backend(json({ ok: true }));
    const { url, token } = await stage({ routes: [{ service: 'identity', url: one.url, paths: ['/api'] }] });
    const bearer = await token();
    const ask = async (line: string, ...headers: string[]): Promise<number> => {
      const head = [
        `${line} HTTP/1.1`,
        'host: clinic',
        'connection: close',
        `authorization: Bearer ${bearer}`,
      ];
      return Number((await raw(url, [...head, ...headers, '', ''].join('\r\n'))).split(' ')[1]);
    };
    for (let i = 0; i < 6; i += 1) expect(await ask('GET /api/patients/%zz')).toBe(400);
    expect(await ask('GET /api/patients/%ff')).toBe(400);
    expect(await ask('GET /api/../internal/x')).toBe(400);
    expect(await ask('GET http://identity/api/patients/1')).toBe(400);
    expect(await ask('GET /api/patients/1', 'authorization: Bearer other')).toBe(400);
    expect(await ask('PUT /api/patients/1', 'if-match: W/"1"', 'if-match: W/"2"')).toBe(400);
    expect(await ask('POST /api/x', 'content-length: 1', 'transfer-encoding: chunked')).toBe(400);
    expect(await ask(`GET /api/${'a'.repeat(9_000)}`)).toBe(414);
    expect(await ask('FROB /api/patients/1')).toBe(400);
    expect(await ask('TRACE /api/patients/1')).toBe(405);
    expect(one.seen).toEqual([]);
    expect(await ask('GET /api/patients/1')).toBe(200);
  });

  it('counts no answer that a caller provokes: neither refusals nor overload close a service to others', async () => {
    let status = 503;
    const one = await backend((req, res) => {
      json({}, req.url === '/oauth2/token' ? status : 200)(req, res);
    });
    const { url, token } = await stage({
      routes: [{ service: 'identity', url: one.url, paths: ['/api', '/oauth2'] }],
    });
    for (status of [503, 429, 400, 500]) {
      for (let i = 0; i < 30; i += 1)
        expect((await fetch(`${url}/oauth2/token`, { method: 'POST', body: '{}' })).status).toBe(status);
      expect((await fetch(`${url}/api/patients/1`, withToken(await token()))).status).toBe(200);
    }
  });

  it('passes an answer on whose headers repeat what was asked, and lets nobody close a service by a larger one', async () => {
    const one = await backend((req, res) => {
      const { searchParams: asked } = new URL(req.url ?? '/', 'http://clinic');
      const location = `/back?state=${'%7E'.repeat(Number(asked.get('letters') ?? 0))}`;
      res.writeHead(303, { location }).end();
    });
    const { url } = await stage({ routes: [{ service: 'identity', url: one.url, paths: ['/oauth2'] }] });
    const ask = async (letters: number): Promise<number> => {
      const line = `GET /oauth2/authorize?letters=${String(letters)} HTTP/1.1`;
      const answer = await raw(url, [line, 'host: clinic', 'connection: close', '', ''].join('\r\n'));
      return Number(answer.split(' ')[1]);
    };
    // a URL has at most 8 KiB, of which each character may be escaped on its way back
    expect(await ask(8_000)).toBe(303);
    for (let i = 0; i < 30; i += 1) expect(await ask(30_000)).toBe(502);
    expect(await ask(1)).toBe(303);
  });

  it('sends a conditional update once, though the connection breaks, and never says 412 for what was done', async () => {
    let breaks = 0;
    let version = 1;
    const one = await backend((req, res) => {
      req.resume().once('end', () => {
        if (req.method !== 'PUT') {
          json({ version })(req, res);
          return;
        }
        if (req.headers['if-match'] !== `W/"${String(version)}"`) {
          json({}, 412)(req, res);
          return;
        }
        version += 1;
        if (breaks > 0) {
          breaks -= 1;
          req.socket.destroy();
        } else json({ version })(req, res);
      });
    });
    const { url, token } = await stage({ routes: [{ service: 'identity', url: one.url, paths: ['/api'] }] });
    const bearer = await token();
    const put = async (): Promise<number> => {
      const headers = { 'if-match': `W/"${String(version)}"`, 'content-type': 'application/json' };
      return (await fetch(`${url}/api/consents/1`, withToken(bearer, { method: 'PUT', body: '{}', headers })))
        .status;
    };
    // warm: kept connections, of which the service may end one at any moment
    for (let i = 0; i < 5; i += 1)
      expect((await fetch(`${url}/api/consents/1`, withToken(bearer))).status).toBe(200);
    expect(await put()).toBe(200);
    breaks = 1;
    expect(await put()).toBe(502);
    expect(one.seen.filter((line) => line.startsWith('PUT'))).toHaveLength(2);
    expect(await put()).toBe(200);
  });

  it('inflates bodies itself, so that a service gets no more than the limit', async () => {
    const one = await echo();
    const { url, token } = await stage({ routes: [{ service: 'one', url: one.url, paths: ['/api'] }] });
    const bearer = await token();
    const send = (body: Uint8Array<ArrayBuffer>, encoding: string): Promise<Response> =>
      fetch(
        `${url}/api/x`,
        withToken(bearer, { method: 'POST', body, headers: { 'content-encoding': encoding } }),
      );
    const fine = await send(gzipSync('{"a":1}'), 'gzip');
    expect(await fine.json()).toMatchObject({ body: '{"a":1}', headers: { 'content-length': '7' } });
    one.seen.length = 0;
    expect((await send(gzipSync(Buffer.alloc(50_000_000)), 'gzip')).status).toBe(413);
    expect((await send(gzipSync(gzipSync('{}')), 'gzip, gzip')).status).toBe(415);
    expect((await send(Buffer.alloc(3_000_000), 'identity')).status).toBe(413);
    expect(one.seen).toEqual([]);
  });

  it('gives a request a deadline, and reads no service’s patience', async () => {
    const one = await echo();
    const { url, token } = await stage({
      routes: [{ service: 'one', url: one.url, paths: ['/api'] }],
      env: { REQUEST_ARRIVAL_MS: '300' },
    });
    const head = `POST /api/x HTTP/1.1\r\nhost: clinic\r\nauthorization: Bearer ${await token()}\r\n`;
    expect(await raw(url, head)).toMatch(/^HTTP\/1.1 408 /);
    expect(await raw(url, `${head}content-length: 10\r\n\r\nabc`)).toMatch(/^HTTP\/1.1 408 /);
    expect(one.seen).toEqual([]);
  });

  it('answers 504 when a backend is too slow', async () => {
    const slow = await backend(() => undefined);
    const { url, token } = await stage({
      routes: [{ service: 'slow', url: slow.url, paths: ['/api/slow'] }],
      env: { BACKEND_TIMEOUT_MS: '1000' },
    });
    expect((await fetch(`${url}/api/slow`, withToken(await token()))).status).toBe(504);
  });

  it('believes as many proxies as are configured about the client, and nobody else', async () => {
    const one = await echo();
    const routes = [{ service: 'one', url: one.url, paths: ['/api'] }];
    const headers = {
      'x-forwarded-for': '198.51.100.1, 2001:db8::7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'clinic.example',
    };
    const seenBy = async (
      proxies: string,
      env: Record<string, string> = {},
    ): Promise<Record<string, string>> => {
      const { url, token } = await stage({ routes, env: { TRUSTED_PROXIES: proxies, ...env } });
      const answer = await fetch(`${url}/api/x`, withToken(await token(), { headers }));
      return ((await answer.json()) as { headers: Record<string, string> }).headers;
    };
    const nodePort = await seenBy('0');
    expect(nodePort['x-forwarded-for']).toMatch(/127\.0\.0\.1$/);
    expect([nodePort['x-forwarded-proto'], nodePort['x-forwarded-host']]).toEqual([
      'http',
      expect.stringMatching(/^127/),
    ]);
    expect(await seenBy('1')).toMatchObject({ ...headers, 'x-forwarded-for': '2001:db8::7' });
    expect(await seenBy('2')).toMatchObject({ ...headers, 'x-forwarded-for': '198.51.100.1' });
    expect(await seenBy('1', { PUBLIC_URL: 'https://public.example:8443' })).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'public.example:8443',
    });
  });

  it('limits by address behind a proxy, IPv6 by /64', async () => {
    const { url } = await stage({ routes: [], env: { TRUSTED_PROXIES: '1', ADDRESS_LIMIT: '3' } });
    const ask = async (address: string): Promise<number> =>
      (await fetch(`${url}/`, { headers: { 'x-forwarded-for': address } })).status;
    const statuses: number[] = [];
    for (const last of ['1', '2', '3', '4']) statuses.push(await ask(`2001:db8:0:1::${last}`));
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect([await ask('2001:db8:0:2::1'), await ask('198.51.100.1')]).toEqual([200, 200]);
  });

  it('gives the hashes of the audit log to whoever asks, at the limit of an address, and the records to nobody', async () => {
    const log = await backend(json({ ok: true }));
    const { url } = await stage({
      routes: [{ service: 'audit', url: log.url, paths: ['/audit-log'] }],
      env: { ADDRESS_LIMIT: '3' },
    });
    const ask = async (path: string, init: RequestInit = {}): Promise<number> =>
      (await fetch(`${url}/audit-log/${path}`, init)).status;
    expect([await ask('checkpoint'), await ask('tile/entries/000')]).toEqual([200, 200]);
    expect(log.seen.length).toBe(2);
    expect(await ask('tile/0/000')).toBe(200);
    expect(await ask('checkpoint')).toBe(429);
    const { url: other } = await stage({
      routes: [{ service: 'audit', url: log.url, paths: ['/audit-log'] }],
    });
    log.seen.length = 0;
    for (const [method, path] of [
      ['GET', 'records/000'],
      ['GET', 'tile/%2e%2e/records/000'],
      ['POST', 'checkpoint'],
      ['PUT', 'tile/0/000'],
      ['DELETE', 'tile/0/000'],
    ] as const)
      expect([400, 401]).toContain((await fetch(`${other}/audit-log/${path}`, { method })).status);
    expect(log.seen).toEqual([]);
  });

  it('answers pages of registered apps and no others, and public documents to all', async () => {
    const one = await backend((req, res) => {
      res.setHeader('access-control-allow-origin', 'https://evil.example');
      res.setHeader('access-control-allow-credentials', 'true');
      res.setHeader('etag', 'W/"1"');
      res.setHeader('vary', 'Accept, Authorization');
      json({})(req, res);
    });
    const routes = [
      { service: 'one', url: one.url, paths: ['/fhir/R4/Patient', '/oauth2', '/.well-known', '/login'] },
    ];
    const { url, token, issuer } = await stage({ routes });
    issuer.origins.push('https://app.example');
    const bearer = await token();
    const from = (path: string, origin: string, init: RequestInit = {}): Promise<Response> =>
      fetch(
        `${url}${path}`,
        withToken(bearer, { ...init, headers: { origin, ...(init.headers as object) } }),
      );
    const allowed = async (path: string, origin: string): Promise<string | null> =>
      (await from(path, origin)).headers.get('access-control-allow-origin');
    expect(await allowed('/fhir/R4/Patient/1', 'https://app.example')).toBe('https://app.example');
    expect(await allowed('/fhir/R4/Patient/1', 'https://evil.example')).toBeNull();
    expect(await allowed('/fhir/R4/Patient/1', 'null')).toBeNull();
    expect(await allowed('/.well-known/openid-configuration', 'https://evil.example')).toBe('*');
    expect(await allowed('/login/x', 'https://app.example')).toBeNull();
    expect(await allowed('/oauth2/authorize', 'https://app.example')).toBeNull();
    const answer = await from('/fhir/R4/Patient/1', 'https://app.example');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(answer.headers.get('access-control-expose-headers')).toContain('etag');
    expect(answer.headers.get('vary')?.toLowerCase()).toBe('origin, accept, authorization');
    one.seen.length = 0;
    const asks = {
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization,if-match',
    };
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${url}/fhir/R4/Patient/1`, { method: 'OPTIONS', headers: { origin, ...asks } });
    const fine = await preflight('https://app.example');
    expect([fine.status, fine.headers.get('access-control-allow-origin')]).toEqual([
      204,
      'https://app.example',
    ]);
    expect(fine.headers.get('access-control-allow-headers')).toContain('if-match');
    expect(fine.headers.get('access-control-allow-headers')).toContain('purpose-of-use');
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    expect(one.seen).toEqual([]);
    const refused = await fetch(`${url}/fhir/R4/Patient/1`, { headers: { origin: 'https://app.example' } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([
      401,
      'https://app.example',
    ]);
  });
});
