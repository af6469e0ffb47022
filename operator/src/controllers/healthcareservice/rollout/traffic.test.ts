import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  increaseBeforeQuery,
  increaseQuery,
  trafficReader,
  type TrafficQuestion,
  type TrafficSource,
} from './traffic.ts';

const servers: Server[] = [];

/** A Prometheus that gives one answer, and what it was asked. */
async function prometheus(status: number, body: unknown): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://x').searchParams.get('query') ?? '');
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, asked };
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function question(url: string): TrafficQuestion {
  const pods = ['a-1', 'a-2'];
  const begunAt = Date.parse('2026-11-26T12:00:00.4Z');
  const { signal } = new AbortController();
  return { prometheus: url, namespace: 'clinic', service: 'a', pods, begunAt, former: 'f00', signal };
}

function reader(): { read: TrafficSource; clock: { now: number } } {
  const clock = { now: 0 };
  return { clock, read: trafficReader({ monotonic: () => clock.now }) };
}

const result = [
  { metric: { status: '200', le: '0.1' }, value: [1, '80'] },
  { metric: { status: '200', le: '+Inf' }, value: [1, '90'] },
  { metric: { status: '500', le: '0.1' }, value: [1, '10'] },
  { metric: { status: '500', le: '+Inf' }, value: [1, '10'] },
];

describe('the traffic of a revision', () => {
  it('is counted by status and by duration, over a long and a short window', async () => {
    const { url, asked } = await prometheus(200, {
      status: 'success',
      data: { resultType: 'vector', result },
    });
    const windows = await reader().read(question(url));
    expect(windows?.long).toEqual({
      byStatus: new Map([
        ['200', 90],
        ['500', 10],
      ]),
      within: new Map([[0.1, 90]]),
    });
    const queries = ['1m', '5m'].map((window) => increaseQuery(window, question(url)));
    expect(new Set(asked)).toEqual(new Set([...queries, increaseBeforeQuery('5m', question(url), 'f00')]));
    expect(queries[0]).toContain('{namespace="clinic",pod=~"a-1|a-2"}[1m]');
    expect(asked.join()).toContain('{namespace="clinic",service="a",revision="f00"}[5m] @ 1795694400)');
  });

  it('is compared with nothing where there is no revision to go back to', async () => {
    const { url, asked } = await prometheus(200, { data: { result } });
    const windows = await reader().read({ ...question(url), former: undefined });
    expect(asked).toHaveLength(2);
    expect(windows?.before.byStatus.size).toBe(0);
  });

  it('is asked for once in 15 seconds, also when nobody answered', async () => {
    const { url, asked } = await prometheus(503, {});
    const { read, clock } = reader();
    expect(await read(question(url))).toBeUndefined();
    clock.now = 14_999;
    expect(await read(question(url))).toBeUndefined();
    const before = asked.length;
    clock.now = 15_000;
    await read(question(url));
    expect(before).toBeLessThanOrEqual(3);
    expect(asked.length).toBeGreaterThan(before);
  });

  it.each([
    ['another shape', 200, { data: [] }],
    ['an error', 500, {}],
  ])('is unknown when Prometheus answers with %s', async (_, status, body) => {
    const { url } = await prometheus(status, body);
    expect(await reader().read(question(url))).toBeUndefined();
  });

  it('is unknown when there is no Prometheus', async () => {
    const { url } = await prometheus(200, {});
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    expect(await reader().read(question(url))).toBeUndefined();
  });
});
