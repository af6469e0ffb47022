import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  increaseBeforeQuery,
  increaseQuery,
  trafficOf,
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

  it('is remembered for 15 seconds, whatever the order of the pods', async () => {
    const { url, asked } = await prometheus(200, { data: { result } });
    const { read, clock } = reader();
    const first = await read(question(url));
    clock.now = 14_999;
    expect(await read({ ...question(url), pods: ['a-2', 'a-1'] })).toBe(first);
    expect(asked).toHaveLength(3);
    clock.now = 15_000;
    expect(await read(question(url))).toEqual(first);
    expect(asked).toHaveLength(6);
  });

  it.each<[string, Partial<TrafficQuestion>]>([
    ['other pods', { pods: ['a-1', 'a-3'] }],
    ['pods whose names are as long together', { pods: ['a-1a-2'] }],
    ['another namespace', { namespace: 'hospital' }],
  ])('is asked for anew for %s', async (_, other) => {
    const { url, asked } = await prometheus(200, { data: { result } });
    const { read } = reader();
    await read(question(url));
    await read({ ...question(url), ...other });
    expect(asked).toHaveLength(6);
  });

  it('is asked of another Prometheus, though one has answered', async () => {
    const [one, other] = [
      await prometheus(200, { data: { result } }),
      await prometheus(200, { data: { result: [] } }),
    ];
    const { read } = reader();
    await read(question(one.url));
    expect((await read(question(other.url)))?.long.byStatus.size).toBe(0);
  });

  it('is unknown at once when nobody needs it any more, though Prometheus says nothing', async () => {
    const silent = createServer(() => undefined);
    servers.push(silent);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
    const ended = new AbortController();
    silent.once('request', () => {
      ended.abort();
    });
    expect(await reader().read({ ...question(url), signal: ended.signal })).toBeUndefined();
    silent.closeAllConnections();
  });

  it.each([
    ['another shape', 200, { data: [] }],
    ['an error', 500, {}],
    ['an error, whatever it says beside', 503, { data: { result } }],
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

describe('the query for the traffic of pods', () => {
  it('takes the names of pods as they are: a dot is no other character', () => {
    const query = increaseQuery('1m', { namespace: 'clinic', pods: ['a.b.c-1'] });
    expect(query).toContain('pod=~"a[.]b[.]c-1"');
  });
});

describe('the counts in an answer', () => {
  const series = (
    metric: { status?: string; le?: string },
    count: string,
  ): Parameters<typeof trafficOf>[0][number] => ({
    metric,
    value: [1, count],
  });

  it('are added up, by status and by bound', () => {
    const traffic = trafficOf([
      series({ status: '200', le: '+Inf' }, '3'),
      series({ status: '200', le: '+Inf' }, '4'),
      series({ status: '500', le: '0.5' }, '1'),
      series({ status: '200', le: '0.5' }, '2'),
    ]);
    expect(traffic).toEqual({ byStatus: new Map([['200', 7]]), within: new Map([[0.5, 3]]) });
  });

  it('are those of no status where a series has none: it is no error', () => {
    expect([...trafficOf([series({ le: '+Inf' }, '3')]).byStatus]).toEqual([['', 3]]);
  });
});
