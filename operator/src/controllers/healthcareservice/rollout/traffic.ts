import { request } from 'undici';
import * as z from 'zod';
import type { Clock } from '../../../runtime/clock.ts';
import { WINDOW_MINUTES } from './burn.ts';
import type { Traffic, Windows } from './burn.ts';

/** Whose traffic, and whom to ask. */
export interface TrafficQuestion {
  /** `http://host:port` of Prometheus. */
  prometheus: string;
  namespace: string;
  service: string;
  /** The pods of the revision in its bake time. */
  pods: readonly string[];
  /** When it was begun (milliseconds since the epoch). */
  begunAt: number;
  /** The revision to go back to, if there is one. */
  former: string | undefined;
  signal: AbortSignal;
}

export type TrafficSource = (question: TrafficQuestion) => Promise<Windows | undefined>;

const answer = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.object({ status: z.string().optional(), le: z.string().optional() }),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});

const TIMEOUT_MS = 2_000;
/** An answer, also that there was none, is good for this long. */
const KEPT_MS = 15_000;
const NONE: Traffic = { byStatus: new Map(), within: new Map() };
const LONG = `${WINDOW_MINUTES.long}m`;
const SHORT = `${WINDOW_MINUTES.short}m`;

interface Kept {
  until: number;
  windows: Windows | undefined;
}

/**
 * Asks Prometheus about a revision and the former one; resolves to `undefined` without an answer, and then waits 15 s.
 * https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export function trafficReader(clock: Pick<Clock, 'monotonic'>): TrafficSource {
  const kept = new Map<string, Kept>();
  return async (question) => {
    const key = `${question.prometheus} ${question.namespace} ${[...question.pods].sort().join(' ')}`;
    const now = clock.monotonic();
    for (const [other, { until }] of kept) if (until <= now) kept.delete(other);
    const known = kept.get(key);
    if (known !== undefined) return known.windows;
    const windows = await ask(question);
    kept.set(key, { until: now + KEPT_MS, windows });
    return windows;
  };
}

async function ask(question: TrafficQuestion): Promise<Windows | undefined> {
  const signal = AbortSignal.any([question.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const [long, short, before] = await Promise.all([
      trafficIn(increaseQuery(LONG, question), question, signal),
      trafficIn(increaseQuery(SHORT, question), question, signal),
      question.former === undefined
        ? NONE
        : trafficIn(increaseBeforeQuery(LONG, question, question.former), question, signal),
    ]);
    return { long, short, before };
  } catch {
    // Whether Prometheus is well is the ObservabilityStack's matter, which shows it in its conditions.
    return undefined;
  }
}

async function trafficIn(
  query: string,
  { prometheus }: TrafficQuestion,
  signal: AbortSignal,
): Promise<Traffic> {
  const parameters = new URLSearchParams({ query });
  const { statusCode, body } = await request(`${prometheus}/api/v1/query?${parameters.toString()}`, {
    signal,
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`Prometheus answers ${String(statusCode)}`);
  return trafficOf(answer.parse(JSON.parse(text)).data.result);
}

/** PromQL: what the pods answered in the window, by status and by how long it took. */
export function increaseQuery(
  window: string,
  { namespace, pods }: Pick<TrafficQuestion, 'namespace' | 'pods'>,
): string {
  // Names of pods are DNS labels: a dot is all that a pattern could take amiss.
  const names = pods.map((pod) => pod.replaceAll('.', '[.]')).join('|');
  return increase(`namespace="${namespace}",pod=~"${names}"`, `[${window}]`);
}

/** PromQL: what the former revision's pods answered in the window that ended when the new one was begun. */
export function increaseBeforeQuery(
  window: string,
  { namespace, service, begunAt }: Pick<TrafficQuestion, 'namespace' | 'service' | 'begunAt'>,
  former: string,
): string {
  const labels = `namespace="${namespace}",service="${service}",revision="${former}"`;
  return increase(labels, `[${window}] @ ${(begunAt / 1000).toFixed(0)}`);
}

function increase(labels: string, range: string): string {
  return `sum by (status, le) (increase(http_server_request_duration_seconds_bucket{${labels}}${range}))`;
}

type Series = z.infer<typeof answer>['data']['result'];

/** Prometheus' answer as counts. */
export function trafficOf(series: Series): Traffic {
  const byStatus = new Map<string, number>();
  const within = new Map<number, number>();
  for (const { metric, value } of series) {
    const count = Number(value[1]);
    const { status = '', le = '' } = metric;
    if (le === '+Inf') byStatus.set(status, (byStatus.get(status) ?? 0) + count);
    else within.set(Number(le), (within.get(Number(le)) ?? 0) + count);
  }
  return { byStatus, within };
}
