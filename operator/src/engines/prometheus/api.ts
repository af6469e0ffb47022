import { request } from 'undici';
import * as z from 'zod';

const TIMEOUT_MS = 3_000;

const targetsAnswer = z.object({
  data: z.object({
    activeTargets: z.array(z.object({ scrapeUrl: z.string(), health: z.string() })),
  }),
});

const rulesAnswer = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        file: z.string(),
        rules: z.array(z.object({ name: z.string(), health: z.string() })),
      }),
    ),
  }),
});

const flagsAnswer = z.object({ data: z.object({ 'storage.tsdb.path': z.string() }) });

/** What Prometheus says of itself. */
export interface PrometheusState {
  /** `host:port` of the targets whose last scrape succeeded. */
  up: ReadonlySet<string>;
  /** Base names of the rule files that are loaded. */
  ruleFiles: ReadonlySet<string>;
  /** Rules whose last evaluation failed. */
  failingRules: string[];
  /** Where it keeps its data. */
  dataDirectory: string;
}

/**
 * Asks for targets, rules and flags. Throws when Prometheus does not answer within three seconds.
 * https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export async function prometheusState(base: string, signal: AbortSignal): Promise<PrometheusState> {
  const targets = targetsAnswer.parse(await get(`${base}/api/v1/targets?state=active`, signal));
  const { groups } = rulesAnswer.parse(await get(`${base}/api/v1/rules`, signal)).data;
  const flags = flagsAnswer.parse(await get(`${base}/api/v1/status/flags`, signal));
  const up = targets.data.activeTargets.filter(({ health }) => health === 'up');
  const failing = groups.flatMap(({ rules }) => rules).filter(({ health }) => health === 'err');
  return {
    up: new Set(up.map(({ scrapeUrl }) => new URL(scrapeUrl).host)),
    ruleFiles: new Set(groups.map(({ file }) => file.slice(file.lastIndexOf('/') + 1))),
    failingRules: failing.map(({ name }) => name),
    dataDirectory: flags.data['storage.tsdb.path'],
  };
}

async function get(url: string, signal: AbortSignal): Promise<unknown> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const { statusCode, body } = await request(url, { signal: limit });
  const answer = await body.text();
  if (statusCode !== 200) throw new Error(`Prometheus answers ${statusCode}`);
  return JSON.parse(answer);
}
