import { describe, expect, it, jest } from '@jest/globals';
import { startTestIssuer } from '@careplane/kit/testing';
import { startRedis, startTcpProxy, until } from '@careplane/testing';
import { json, startStage, withToken } from '../test/stage.ts';
import type { Stage, StageOptions } from '../test/stage.ts';
import { useStages } from '../test/stages.ts';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

describe('the gateway', () => {
  const { backend, ends, stage } = useStages();

  it('forwards to the longest prefix with the caller’s token, its own account of the client, and a trace of its own', async () => {
    const patients = await backend((req, res) => {
      json({ headers: req.headers, url: req.url })(req, res);
    });
    const consents = await backend(json({ who: 'consents' }));
    const { url, token } = await stage({
      routes: [
        { service: 'identity', url: patients.url, paths: ['/api/patients'] },
        { service: 'consent', url: consents.url, paths: ['/api/patients/special'] },
      ],
    });
    const bearer = await token();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = {
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'gopher',
      traceparent,
      tracestate: 'a=b',
      baggage: 'user=eve',
      connection: 'x-hop',
      'x-kept': '1',
    };
    const answer = await fetch(`${url}/api/patients/7?a=b`, withToken(bearer, { headers }));
    const seen = (await answer.json()) as { url: string; headers: Record<string, string> };
    expect(seen.url).toBe('/api/patients/7?a=b');
    expect(seen.headers['authorization']).toBe(`Bearer ${bearer}`);
    expect(seen.headers['x-forwarded-for']).not.toContain('203.0.113.7');
    expect(seen.headers['x-forwarded-host']).toBe(new URL(url).host);
    expect(seen.headers['x-forwarded-proto']).toBe('http');
    expect(seen.headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    expect(JSON.stringify(seen.headers)).not.toMatch(/0af7651916cd43dd8448eb211c80319c|eve|a=b/);
    expect(seen.headers['x-kept']).toBe('1');
    const special = await fetch(`${url}/api/patients/special/1`, withToken(bearer));
    expect(await special.json()).toEqual({ who: 'consents' });
  });

  it('lets nobody without a token past, but for registering, logging in and the keys; and nothing under /internal', async () => {
    const all = await backend(json({ ok: true }));
    const routes = [
      {
        service: 'identity',
        url: all.url,
        paths: ['/fhir/R4/Patient', '/oauth2', '/account', '/.well-known', '/internal'],
      },
    ];
    const { url, token } = await stage({ routes });
    const status = async (line: string, init: RequestInit = {}): Promise<number> => {
      const [method, path] = line.split(' ');
      return (await fetch(`${url}${path}`, { method: method ?? 'GET', ...init })).status;
    };
    expect(await status('POST /account/register')).toBe(200);
    expect(await status('POST /oauth2/token')).toBe(200);
    expect(await status('GET /.well-known/jwks.json')).toBe(200);
    expect(await status('GET /')).toBe(200);
    expect(await status('GET /fhir/R4/Patient/1')).toBe(401);
    expect(await status('POST /fhir/R4/Patient/1')).toBe(401);
    expect(await status('GET /fhir/R4/Patient/1', withToken('not.a.token'))).toBe(401);
    const bearer = withToken(await token());
    expect(await status('GET /fhir/R4/Patient/1', bearer)).toBe(200);
    expect(await status('GET /internal/contacts/1', bearer)).toBe(404);
    expect(await status('GET /fhir/R4/Patient/%2e%2e/%2e%2e/%2e%2e/internal/contacts/1', bearer)).not.toBe(
      200,
    );
    expect(await status('GET /fhir/R4/Patient/..%2finternal', bearer)).toBe(400);
    expect(all.seen.filter((line) => line.includes('internal'))).toEqual([]);
  });

  it('isolates a dead backend: its routes fail fast with Retry-After, the others do not notice, and it heals', async () => {
    const dead = await backend(json({ ok: 'dead' }));
    const alive = await backend(json({ ok: 'alive' }));
    const routes = [
      { service: 'dead', url: dead.url, paths: ['/api/dead'] },
      { service: 'alive', url: alive.url, paths: ['/api/alive'] },
    ];
    const { url, token, adminUrl } = await stage({ routes, env: { CIRCUIT_OPEN_MS: '3000' } });
    const bearer = withToken(await token());
    const ask = (path: string): Promise<Response> => fetch(`${url}${path}`, bearer);
    expect((await ask('/api/dead/1')).status).toBe(200);
    await dead.kill();
    const failing = await Promise.all(Array.from({ length: 20 }, () => ask('/api/dead/1')));
    expect(new Set(failing.map(({ status }) => status))).toEqual(new Set([503]));
    expect(failing.every(({ headers }) => headers.get('retry-after') !== null)).toBe(true);
    const started = performance.now();
    const open = (await (await ask('/api/dead/1')).json()) as { detail: string };
    expect(open.detail).toBe('The service behind is recovering');
    expect(performance.now() - started).toBeLessThan(1_500);
    expect((await ask('/api/alive/1')).status).toBe(200);
    expect((await fetch(`${adminUrl}/readyz`)).status).toBe(200);
    await dead.restart();
    await until(async () => (await ask('/api/dead/1')).status === 200, { what: 'the circuit to close' });
  });

  it('repeats what is idempotent when a connection breaks, and nothing else', async () => {
    let breaks = 1;
    const flaky = await backend((req, res) => {
      if (breaks > 0) {
        breaks -= 1;
        req.socket.destroy();
      } else json({ ok: true })(req, res);
    });
    const { url, token } = await stage({
      routes: [{ service: 'flaky', url: flaky.url, paths: ['/fhir/R4/Flaky'] }],
    });
    const bearer = await token();
    const ask = async (init: RequestInit): Promise<Response> => {
      breaks = 1;
      return fetch(`${url}/fhir/R4/Flaky`, withToken(bearer, init));
    };
    const send = async (init: RequestInit): Promise<number> => (await ask(init)).status;
    expect(await send({})).toBe(200);
    const unknown = await ask({ method: 'POST', body: '{}' });
    expect([unknown.status, unknown.headers.get('retry-after')]).toEqual([502, null]);
    expect(await send({ method: 'POST', body: '{}', headers: { 'idempotency-key': 'a-key-of-mine' } })).toBe(
      200,
    );
    expect(flaky.seen.filter((line) => line.startsWith('GET'))).toHaveLength(2);
    expect(flaky.seen.filter((line) => line.startsWith('POST'))).toHaveLength(3);
  });

  it('repeats a small body of undeclared length as any other, and refuses one that is too large', async () => {
    let breaks = 1;
    const sizes: number[] = [];
    const flaky = await backend((req, res) => {
      if (breaks > 0) {
        breaks -= 1;
        req.socket.destroy();
        return;
      }
      let size = 0;
      req.on('data', (chunk: Buffer) => (size += chunk.length));
      req.once('end', () => {
        sizes.push(size);
        json({ ok: true })(req, res);
      });
    });
    const { url, token } = await stage({
      routes: [{ service: 'flaky', url: flaky.url, paths: ['/fhir/R4/Flaky'] }],
    });
    const bearer = await token();
    const send = async (bytes: number): Promise<number> => {
      const body = new Blob([Buffer.alloc(bytes, 'a')]).stream();
      const headers = { 'idempotency-key': 'a-key-of-mine' };
      const init = { method: 'POST', body, headers, duplex: 'half' } as RequestInit;
      return (await fetch(`${url}/fhir/R4/Flaky`, withToken(bearer, init))).status;
    };
    expect(await send(100_000)).toBe(200);
    expect(flaky.seen).toHaveLength(2);
    expect(await send(500_000)).toBe(413);
    expect(sizes).toEqual([100_000]);
  });

  it('is not ready until the issuer’s keys are there, then refuses nobody, and stays ready when the issuer goes', async () => {
    const one = await backend(json({ ok: true }));
    const issuer = await startTestIssuer();
    const wire = await startTcpProxy(Number(new URL(issuer.url).port));
    ends.push(() => wire.stop());
    wire.freeze();
    const { url, adminUrl, token } = await stage({
      routes: [{ service: 'one', url: one.url, paths: ['/api/one'] }],
      issuer,
      env: { CALLS_IDENTITY_URL: `http://127.0.0.1:${String(wire.port)}` },
    });
    const readiness = async (): Promise<unknown> => (await fetch(`${adminUrl}/readyz`)).json();
    expect(await readiness()).toMatchObject({ ready: false, failing: ['user-keys', 'token-issuer'] });
    wire.thaw();
    await until(async () => (await fetch(`${adminUrl}/readyz`)).status === 200, { what: 'readiness' });
    wire.freeze();
    expect((await fetch(`${url}/api/one`, withToken(await token()))).status).toBe(200);
    expect(await readiness()).toMatchObject({ ready: true, failing: [] });
  });

  it('tells clients to go elsewhere from the first moment of its end on, whatever they ask', async () => {
    const one = await backend(json({ ok: true }));
    const started = await startStage({
      routes: [{ service: 'one', url: one.url, paths: ['/api/one'] }],
      env: { SHUTDOWN_DELAY_MS: '3000' },
    });
    const { url, adminUrl } = started;
    const bearer = await started.token();
    const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const query = { ...post, body: '{"query":"{ __typename }"}' };
    const connections = async (): Promise<(string | null)[]> => {
      const answers = await Promise.all([
        fetch(`${url}/api/one`, withToken(bearer)),
        fetch(`${url}/api/one`, withToken(bearer, { ...post, body: '{}' })),
        fetch(`${url}/graphql`, withToken(bearer, query)),
        fetch(`${url}/api/elsewhere`),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 401]);
      return answers.map(({ headers }) => headers.get('connection'));
    };
    expect(await connections()).toEqual(Array<string>(4).fill('keep-alive'));
    const stopped = started.stop();
    await until(async () => (await fetch(`${adminUrl}/readyz`)).status === 503, { what: 'unreadiness' });
    expect(await connections()).toEqual(Array<string>(4).fill('close'));
    expect(await stopped).toBe(true);
  });

  it('limits a user over all replicas by Redis, and goes on serving and limiting while Redis is dead', async () => {
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const one = await backend(json({ ok: true }));
    const options: StageOptions = {
      routes: [{ service: 'one', url: one.url, paths: ['/api/one'] }],
      env: { USER_LIMIT: '5', LIMIT_WINDOW_S: '60' },
      redis,
    };
    const [left, right] = [await stage(options), await stage(options)];
    const ready = (at: Stage) => async (): Promise<boolean> =>
      ((await (await fetch(`${at.adminUrl}/readyz`)).json()) as { degraded: string[] }).degraded.length === 0;
    for (const at of [left, right]) await until(ready(at), { what: 'redis' });
    const ask = async (at: Stage, sub: string): Promise<Response> =>
      fetch(`${at.url}/api/one`, withToken(await at.token(sub)));
    for (let i = 0; i < 3; i += 1) expect((await ask(left, 'a')).status).toBe(200);
    for (let i = 0; i < 2; i += 1) expect((await ask(right, 'a')).status).toBe(200);
    const over = await ask(right, 'a');
    expect([over.status, Number(over.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect((await ask(right, 'b')).status).toBe(200);
    await redis.kill();
    const statuses: number[] = [];
    for (let i = 0; i < 7; i += 1) statuses.push((await ask(left, 'c')).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    expect((await fetch(`${left.adminUrl}/readyz`)).status).toBe(200);
  }, 60_000);

  it('sheds what is too much at once with 503 and Retry-After', async () => {
    const held: (() => void)[] = [];
    const busy = await backend((req, res) => {
      held.push(() => {
        json({ ok: true })(req, res);
      });
    });
    const { url, token } = await stage({
      routes: [{ service: 'busy', url: busy.url, paths: ['/api/busy'] }],
      env: { MAX_IN_FLIGHT: '5' },
    });
    const bearer = await token();
    const reads = Array.from({ length: 4 }, () => fetch(`${url}/api/busy`, withToken(bearer)));
    await until(() => Promise.resolve(held.length === 4), { what: 'four reads in flight' });
    const shed = await fetch(`${url}/api/busy`, withToken(bearer));
    expect([shed.status, shed.headers.get('retry-after')]).toEqual([503, '1']);
    const write = fetch(`${url}/api/busy`, withToken(bearer, { method: 'POST', body: '{}' }));
    await until(() => Promise.resolve(held.length === 5), { what: 'the write to be let in' });
    for (const answer of held) answer();
    expect((await Promise.all([...reads, write])).map(({ status }) => status)).toEqual([
      200, 200, 200, 200, 200,
    ]);
  });

  it('finishes every request in flight when it is told to stop', async () => {
    const held: (() => void)[] = [];
    const slow = await backend((req, res) => {
      held.push(() => {
        json({ ok: true })(req, res);
      });
    });
    const started = await startStage({ routes: [{ service: 'slow', url: slow.url, paths: ['/api/slow'] }] });
    const bearer = await started.token();
    const requests = Array.from({ length: 20 }, () => fetch(`${started.url}/api/slow`, withToken(bearer)));
    await until(() => Promise.resolve(held.length === 20), { what: 'all in flight' });
    const stopping = started.stop();
    await until(
      async () =>
        fetch(`${started.url}/`).then(
          () => false,
          () => true,
        ),
      { what: 'no new connection' },
    );
    for (const answer of held) answer();
    expect((await Promise.all(requests)).map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
    expect(await stopping).toBe(true);
  });
});
