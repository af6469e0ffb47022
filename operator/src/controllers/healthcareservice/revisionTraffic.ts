import { request } from 'undici';
import { z } from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import type { Traffic, Windows } from './burn.ts';

/** Whose traffic, and whom to ask. */
export interface TrafficQuestion {
  /** `http://host:port` of Prometheus. */
  prometheus: string;
  namespace: string;
  pods: readonly string[];
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
const LONG = '5m';
const SHORT = '1m';

interface Kept {
  until: number;
  windows: Windows | undefined;
}

/**
 * Asks a namespace's Prometheus what certain pods answered. Resolves to `undefined` when it is not there, slow or wrong: no judgement
 * is made then, and it is not asked again for 15 s, so that no reconcile waits for it more than once in that time.
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
    const [long, short] = await Promise.all([
      trafficIn(LONG, question, signal),
      trafficIn(SHORT, question, signal),
    ]);
    return { long, short };
  } catch {
    // Whether Prometheus is well is the ObservabilityStack's matter, which shows it in its conditions.
    return undefined;
  }
}

async function trafficIn(window: string, question: TrafficQuestion, signal: AbortSignal): Promise<Traffic> {
  const query = new URLSearchParams({ query: increaseQuery(window, question) });
  const { statusCode, body } = await request(`${question.prometheus}/api/v1/query?${query.toString()}`, {
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
  const selector = `{namespace="${namespace}",pod=~"${names}"}`;
  return `sum by (status, le) (increase(http_server_request_duration_seconds_bucket${selector}[${window}]))`;
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
