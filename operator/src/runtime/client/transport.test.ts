import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { KubeClient } from './client.ts';
import { systemClock } from '../clock.ts';
import { ApiError, ApiUnreachable, WriteFenced } from '../errors.ts';
import { configMaps } from '../fixtures/clinic.ts';
import { Transport, type ApiCall, type WriteGuard } from './transport.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server | undefined;
let transport: Transport | undefined;

afterEach(async () => {
  await transport?.close();
  server?.closeAllConnections();
  server?.close();
});

/** An API server that gives these answers, one after the other, and the last one from then on. */
async function scripted(
  ...answers: Answer[]
): Promise<{ client: KubeClient; calls: ApiCall[]; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const calls: ApiCall[] = [];
  server = createServer((request, response) => {
    seen.push(request);
    (answers[seen.length - 1] ?? answers.at(-1))?.(request, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  transport = new Transport({
    credentials: {
      server: origin,
      tls: {},
      authorization: () => Promise.resolve('Bearer t'),
      renew: () => undefined,
    },
    clock: systemClock,
    random: () => 0,
    userAgent: 'test',
    onCall: (call) => calls.push(call),
  });
  const client = new KubeClient(transport);
  client.discovery.learn([configMaps]);
  return { client, calls, seen };
}

const refuse =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response
      .writeHead(status, headers)
      .end(JSON.stringify({ kind: 'Status', reason: 'Because', message: 'no' }));
  };
const accept: Answer = (_request, response) => {
  response.writeHead(200).end(JSON.stringify({ metadata: { name: 'a' } }));
};
const hang: Answer = () => undefined;
const cut: Answer = (request) => request.socket.destroy();

const key = { namespace: 'n', name: 'a' };
const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: key };

describe('the client', () => {
  it('asks again after 429 for as long as the server says, also for what is not idempotent', async () => {
    const { client, seen } = await scripted(refuse(429, { 'retry-after': '1' }), accept);
    const startedAt = performance.now();
    await client.create(object);
    expect(seen).toHaveLength(2);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1_000);
  });

  it('gives a long Retry-After to its caller instead of waiting', async () => {
    const { client, seen } = await scripted(refuse(429, { 'retry-after': '60' }));
    await expect(client.get(configMaps, key)).rejects.toMatchObject({ status: 429, retryAfterMs: 60_000 });
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['500', refuse(500)],
    ['503', refuse(503)],
    ['a cut connection', cut],
  ])('repeats an apply after %s, but not a create', async (_what, failure) => {
    const { client, seen } = await scripted(failure, accept, failure, failure);
    await client.apply(object);
    expect(seen).toHaveLength(2);
    await expect(client.create(object)).rejects.toThrow();
    expect(seen).toHaveLength(3);
  });

  it("throws the server's reason and message, and repeats no refusal", async () => {
    const { client, seen } = await scripted(refuse(422));
    const error: unknown = await client.apply(object).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 422,
      reason: 'Because',
      path: '/api/v1/namespaces/n/configmaps/a',
    });
    expect(seen).toHaveLength(1);
  });

  it('gives up on a server that does not answer', async () => {
    const { client } = await scripted(hang);
    const call = client.get(configMaps, key, { timeoutMs: 50, attempts: 2 });
    await expect(call).rejects.toBeInstanceOf(ApiUnreachable);
  });

  it('keeps its limit and heeds an abort while other calls take every connection, and lets vital calls by', async () => {
    const { client, seen } = await scripted(...Array.from({ length: 32 }, () => hang), accept);
    const hanging = Array.from({ length: 32 }, () => client.get(configMaps, key, { attempts: 1 }));
    const ended = Promise.allSettled(hanging);
    await until(() => Promise.resolve(seen.length === 32), { what: 'every connection to be taken' });
    const startedAt = performance.now();
    await expect(client.apply(object, { timeoutMs: 100, attempts: 1 })).rejects.toThrow('within 100 ms');
    const stop = new AbortController();
    const call = client.apply(object, { signal: stop.signal });
    stop.abort(new Error('stopped'));
    await expect(call).rejects.toThrow('stopped');
    await client.get(configMaps, key, { isVital: true });
    // The calls that hang are given up after 15 s.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await transport?.close();
    await ended;
    // What was given up while it waited was never sent.
    expect(seen.map(({ method }) => method)).not.toContain('PATCH');
  });

  it('counts calls by verb, resource and code', async () => {
    const { client, calls } = await scripted(refuse(404), accept);
    expect(await client.get(configMaps, key)).toBeUndefined();
    await client.apply(object);
    expect(calls.map(({ verb, resource, code }) => `${verb} ${resource} ${code}`)).toEqual([
      'get configmaps 404',
      'apply configmaps 200',
    ]);
  });
});

describe('a fenced client', () => {
  const writes: [string, (client: KubeClient) => Promise<unknown>][] = [
    ['apply', (client) => client.apply(object)],
    ['status', (client) => client.applyStatus(object)],
    ['patch', (client) => client.mergePatch(object)],
    ['create', (client) => client.create(object)],
    ['update', (client) => client.update(object)],
    ['delete', (client) => client.remove(configMaps, key)],
  ];

  it.each(writes)(
    'refuses %s without a request when the lease may be lost, and still reads',
    async (_verb, write) => {
      const { client, seen } = await scripted(accept);
      const fenced = client.fenced(() => 0);
      await expect(write(fenced)).rejects.toBeInstanceOf(WriteFenced);
      expect(seen).toHaveLength(0);
      await fenced.get(configMaps, key);
      expect(seen).toHaveLength(1);
    },
  );

  it('gives up a write in flight at the moment the lease may be lost, and does not repeat it', async () => {
    const { client, seen } = await scripted(hang);
    const until = performance.now() + 100;
    const guard: WriteGuard = () => until - performance.now();
    await expect(client.fenced(guard).apply(object)).rejects.toThrow();
    expect(performance.now() - until).toBeLessThan(1_000);
    expect(seen).toHaveLength(1);
  });
});
