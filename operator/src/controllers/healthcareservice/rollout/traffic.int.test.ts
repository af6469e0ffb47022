import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPrometheus, until, type RunningPrometheus } from '@careplane/testing';
import { stringify } from 'yaml';
import { createMetrics, type Metrics } from '../../../../../services/kit/src/observe/metrics.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { burnOf, type Windows } from './burn.ts';
import { trafficReader } from './traffic.ts';

/** A pod as Prometheus sees it: the metrics that the kit makes, under the labels that a stack gives the target. */
interface ScrapedPod {
  namespace: string;
  pod: string;
  address: string;
  answers: Metrics['requestDuration'];
  stop: () => Promise<void>;
}

async function startPod(namespace: string, pod: string): Promise<ScrapedPod> {
  const { registry, requestDuration } = createMetrics();
  const server = createServer((_request, response) => {
    void registry
      .metrics()
      .then((text) => response.setHeader('content-type', registry.contentType).end(text));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { namespace, pod, address, answers: requestDuration, stop };
}

/** So many answers of a status, each after so many seconds. */
function answer(pod: ScrapedPod, count: number, status: string, seconds: number): void {
  for (let n = 0; n < count; n++) pod.answers.observe({ method: 'GET', route: '/v1/x', status }, seconds);
}

const COUNT = 'http_server_request_duration_seconds_count';
const BUCKET = 'http_server_request_duration_seconds_bucket';
/** Scrapes after the last answer: what is left of the extrapolation's error is below the tests' tolerance then. */
const SCRAPES = 10;

let pods: ScrapedPod[] = [];
let prometheus: RunningPrometheus;

function podNamed(name: string, namespace = 'clinic'): ScrapedPod {
  const found = pods.find((pod) => pod.pod === name && pod.namespace === namespace);
  if (found === undefined) throw new Error(`no pod ${name}`);
  return found;
}

async function scraped(what: string, expression: string): Promise<void> {
  await until(async () => (await prometheus.query(expression)).length > 0, { what });
}

beforeAll(async () => {
  const names = ['new-1', 'new-2', 'old-1', 'slow-1'].map((name) => ['clinic', name] as const);
  pods = await Promise.all([...names, ['ward', 'new-1'] as const].map(([ns, name]) => startPod(ns, name)));
  // Every series begins before what is counted: the first sample of one is no increase.
  for (const pod of pods) for (const status of ['200', '503']) answer(pod, 1, status, 0.01);
  prometheus = await startPrometheus({
    config: stringify({
      global: { scrape_interval: '500ms', scrape_timeout: '500ms' },
      scrape_configs: [
        {
          job_name: 'services',
          static_configs: pods.map(({ address, namespace, pod }) => ({
            targets: [address],
            labels: { namespace, pod, service: 'gateway' },
          })),
        },
      ],
    }),
  });
  await scraped(
    'each pod to be scraped',
    `count(sum by (namespace, pod) (${COUNT})) == ${String(pods.length)}`,
  );

  for (const pod of ['new-1', 'new-2']) {
    answer(podNamed(pod), 240, '200', 0.01);
    answer(podNamed(pod), 60, '503', 0.01);
  }
  answer(podNamed('old-1'), 900, '200', 0.01);
  answer(podNamed('slow-1'), 160, '200', 0.05);
  answer(podNamed('slow-1'), 240, '200', 0.35);
  answer(podNamed('new-1', 'ward'), 5000, '503', 0.01);
  const last = `sum(${COUNT}{namespace="ward"}) > 5000`;
  await scraped('the answers to be scraped', last);
  await scraped('some time to pass', `count_over_time((${last})[1m:500ms]) >= ${String(SCRAPES)}`);
}, 180_000);

afterAll(async () => {
  await Promise.all([...pods.map((pod) => pod.stop()), prometheus.stop()]);
});

/** Before anything that these tests count. */
const YESTERDAY = Date.now() - 86_400_000;

function trafficOf(...names: string[]): Promise<Windows> {
  return trafficIn(prometheus, 'gateway', names);
}

async function trafficIn(
  { url }: RunningPrometheus,
  service: string,
  names: string[],
  begunAt = YESTERDAY,
): Promise<Windows> {
  const { signal } = new AbortController();
  const question = {
    prometheus: url,
    namespace: 'clinic',
    service,
    pods: names,
    begunAt,
    former: 'f00',
    signal,
  };
  const windows = await trafficReader(systemClock)(question);
  if (windows === undefined) throw new Error('Prometheus did not answer');
  return windows;
}

function all(counts: ReadonlyMap<unknown, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

describe('the traffic that a real Prometheus counts from the metrics of the kit', () => {
  it('is that of the asked pods of the namespace and of no other, in both windows', async () => {
    const windows = await trafficOf('new-1', 'new-2');
    for (const { byStatus } of [windows.long, windows.short]) {
      expect([...byStatus.keys()].sort()).toEqual(['200', '503']);
      // Prometheus extrapolates to the edges of its window: 600 in truth, a fifth of them errors.
      expect((byStatus.get('503') ?? 0) / all(byStatus)).toBeCloseTo(0.2, 2);
      expect(all(byStatus)).toBeGreaterThan(590);
      expect(all(byStatus)).toBeLessThan(800);
    }
  });

  it('burns the SLO of the revision that fails, and not that of the one before', async () => {
    const slo = { availability: 99.9, latencyP95: '200ms' };
    expect(burnOf(slo, await trafficOf('new-1', 'new-2'))).toBe(
      'answers about 20 % of its requests with an error, 99.9 % are to succeed',
    );
    expect(burnOf(slo, await trafficOf('old-1'))).toBeUndefined();
  });

  it('is counted by the kit’s own bounds of duration, cumulatively', async () => {
    const windows = await trafficOf('slow-1');
    const { byStatus, within } = windows.long;
    expect((within.get(0.05) ?? 0) / all(byStatus)).toBeCloseTo(0.4, 2);
    expect((within.get(0.3) ?? 0) / all(byStatus)).toBeCloseTo(0.4, 2);
    expect((within.get(0.4) ?? 0) / all(byStatus)).toBeCloseTo(1, 5);
    expect(burnOf({ latencyP95: '200ms' }, windows)).toBe(
      'answers about 60 % of its requests later than 200ms, at most 5 % may be',
    );
    expect(burnOf({ latencyP95: '400ms' }, windows)).toBeUndefined();
  });

  it('is nothing for pods that Prometheus does not know, which is no fault', async () => {
    const windows = await trafficOf('nobody-1');
    expect(windows.long.byStatus.size).toBe(0);
    expect(burnOf({ availability: 99.9, latencyP95: '200ms' }, windows)).toBeUndefined();
  });
});

/** Five minutes of a service's only pod: ten answers every five seconds: with an error until so many seconds ago, well since then. */
function history(service: string, errorsEndedAgo: number, now: number): string[] {
  const lines: string[] = [];
  const counts = { '200': 0, '503': 0 };
  for (let ago = 320; ago >= 0; ago -= 5) {
    counts[ago > errorsEndedAgo ? '503' : '200'] += 10;
    for (const [status, count] of Object.entries(counts))
      for (const le of ['0.005', '+Inf']) {
        const labels = `namespace="clinic",service="${service}",revision="f00",pod="${service}-1",status="${status}",le="${le}"`;
        lines.push(`${BUCKET}{${labels}} ${String(count)} ${String(now - ago)}`);
      }
  }
  return lines;
}

describe('a past that a real Prometheus remembers', () => {
  let remembering: RunningPrometheus;
  /** The end of what it remembers, in whole seconds since the epoch. */
  let end: number;

  beforeAll(async () => {
    end = Math.floor(Date.now() / 1000);
    const lines = [...history('recovered', 90, end), ...history('failing', -1, end), '# EOF', ''];
    remembering = await startPrometheus({ config: 'scrape_configs: []', history: lines.join('\n') });
  }, 180_000);

  afterAll(async () => {
    await remembering.stop();
  });

  it('is no fault when it is over: the long window shows the errors, the short one does not', async () => {
    const windows = await trafficIn(remembering, 'recovered', ['recovered-1']);
    expect(windows.long.byStatus.get('503')).toBeGreaterThan(300);
    expect(windows.short.byStatus.get('503')).toBe(0);
    expect(windows.short.byStatus.get('200')).toBeGreaterThan(50);
    expect(burnOf({ availability: 99.9 }, windows)).toBeUndefined();
  });

  it('is one while it lasts', async () => {
    const windows = await trafficIn(remembering, 'failing', ['failing-1']);
    expect(burnOf({ availability: 99.9 }, windows)).toContain('about 100 % of its requests with an error');
  });

  it('is no fault of a revision that was begun in the middle of it', async () => {
    const windows = await trafficIn(remembering, 'failing', ['failing-1'], Date.now());
    expect(windows.before.byStatus.get('503')).toBeGreaterThan(300);
    expect(burnOf({ availability: 99.9 }, windows)).toBeUndefined();
  });

  it('is that of before only until the revision was begun', async () => {
    const { before } = await trafficIn(remembering, 'recovered', ['recovered-1'], end * 1000 - 100_000);
    expect(before.byStatus.get('503')).toBeGreaterThan(300);
    expect(before.byStatus.get('200')).toBe(0);
  });
});
