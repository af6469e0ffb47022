import { observabilityStacks } from '@careplane/operator/api/observabilitystack';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import { Failure } from '../failure.ts';

/** What requests did to a service, over five minutes. */
export interface Traffic {
  /** Requests per second. */
  rate?: number;
  /** Share of requests that failed with 5xx, 0 to 1. */
  errors?: number;
  /** Seconds within which 95 % of requests were answered. */
  p95?: number;
}

interface Answer {
  status: string;
  data?: { result?: { metric: { service?: string }; value: [number, string] }[] };
}

/** The port of every stack's Prometheus. */
const PORT = 9090;
const WINDOW = '5m';
const NAME = 'http_server_request_duration_seconds';

/** Asks the namespace's Prometheus through the API server, which needs no way into the cluster's network. */
export async function readTraffic(client: KubeClient, namespace: string): Promise<Map<string, Traffic>> {
  const [stack] = await client.list(observabilityStacks, { namespace });
  if (stack === undefined) throw new Failure('there is no ObservabilityStack in the namespace');
  const ask = (expression: string): Promise<Map<string, number>> =>
    query(
      client,
      `/api/v1/namespaces/${namespace}/services/${stack.metadata.name}-prometheus:${String(PORT)}`,
      expression,
    );
  const selector = `namespace="${namespace}"`;
  const total = `sum by (service) (rate(${NAME}_count{${selector}}[${WINDOW}]))`;
  const failed = `sum by (service) (rate(${NAME}_count{${selector},status=~"5.."}[${WINDOW}]))`;
  const [rates, errors, p95] = await Promise.all([
    ask(total),
    // Without a failure there is no series: a share of zero all the same.
    ask(`(${failed} or 0 * ${total}) / (${total} > 0)`),
    ask(`histogram_quantile(0.95, sum by (service, le) (rate(${NAME}_bucket{${selector}}[${WINDOW}])))`),
  ]);
  const names = new Set([...rates.keys(), ...errors.keys(), ...p95.keys()]);
  return new Map(
    [...names].map((name) => [
      name,
      {
        ...part('rate', rates.get(name)),
        ...part('errors', errors.get(name)),
        ...part('p95', p95.get(name)),
      },
    ]),
  );
}

async function query(client: KubeClient, service: string, expression: string): Promise<Map<string, number>> {
  const path = `${service}/proxy/api/v1/query?query=${encodeURIComponent(expression)}`;
  const { data } = JSON.parse(await client.getRaw(path, { timeoutMs: 5_000, attempts: 1 })) as Answer;
  const values = (data?.result ?? []).map(({ metric, value }): [string, number] => [
    metric.service ?? '',
    Number(value[1]),
  ]);
  return new Map(values.filter(([, value]) => Number.isFinite(value)));
}

function part(name: keyof Traffic, value: number | undefined): Traffic {
  return value === undefined ? {} : { [name]: value };
}
