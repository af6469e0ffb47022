import { healthcareServices, type HealthcareService } from '@careplane/operator/api/healthcareservice';
import { connect, type Cluster } from '../cluster.ts';
import { explainError } from '../explain-error.ts';
import type { ClusterOptions } from '../kubeconfig.ts';
import { shorten, table } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { readTraffic, type Traffic } from '../top/prometheus.ts';
import { readUsage, type Usage } from '../top/usage.ts';

export interface TopOptions extends ClusterOptions {
  allNamespaces: boolean;
  output: 'text' | 'json';
}

/** One service; what is absent is not known. */
export interface TopRow extends Partial<Usage>, Traffic {
  namespace: string;
  name: string;
  ready: number;
  wanted: number;
}

/** `careplane top`. What cannot be read is a dash, and said once on the error output. */
export async function top(options: TopOptions, terminal: Terminal): Promise<number> {
  const cluster = await connect(options, terminal);
  try {
    const namespace = options.allNamespaces ? undefined : cluster.namespace;
    const services = await cluster.client.list(healthcareServices, { namespace });
    const rows = await rowsOf(services, cluster, terminal);
    if (options.output === 'json') terminal.out(`${JSON.stringify(rows, undefined, 2)}\n`);
    else if (rows.length === 0)
      terminal.err('there is no HealthcareService here: choose a namespace with -n, or see all with -A\n');
    else terminal.out(renderTop(rows, options.allNamespaces));
    return 0;
  } finally {
    await cluster.close();
  }
}

async function rowsOf(
  services: readonly HealthcareService[],
  { client }: Cluster,
  terminal: Terminal,
): Promise<TopRow[]> {
  const rows: TopRow[] = [];
  for (const [namespace, here] of Map.groupBy(services, ({ metadata }) => metadata.namespace ?? '')) {
    const orNothing = async <T>(what: string, read: Promise<Map<string, T>>): Promise<Map<string, T>> => {
      try {
        return await read;
      } catch (error) {
        terminal.err(`${namespace}: ${what} not known: ${shorten(explainError(error), 200)}\n`);
        return new Map();
      }
    };
    const [usage, traffic] = await Promise.all([
      orNothing('CPU and memory are', readUsage(client, namespace)),
      orNothing('requests are', readTraffic(client, namespace)),
    ]);
    for (const { metadata, status } of here) {
      const { name } = metadata;
      const counts = { ready: status?.readyReplicas ?? 0, wanted: status?.replicas ?? 0 };
      rows.push({ namespace, name, ...counts, ...usage.get(name), ...traffic.get(name) });
    }
  }
  return rows;
}

/** The table: thousandths of cores, mebibytes, milliseconds. */
export function renderTop(rows: readonly TopRow[], withNamespace: boolean): string {
  const head = ['SERVICE', 'PODS', 'CPU', 'MEMORY', 'REQUESTS/S', 'ERRORS', 'P95'];
  const cells = rows.map(({ namespace, name, ready, wanted, ...row }) => {
    const cell = [
      name,
      `${String(ready)}/${String(wanted)}`,
      amount(row.cpu, (cpu) => `${String(Math.round(cpu * 1000))}m`),
      amount(row.memory, (memory) => `${String(Math.round(memory / 2 ** 20))}Mi`),
      amount(row.rate, (rate) => rate.toFixed(1)),
      amount(row.errors, (errors) => `${(errors * 100).toFixed(1)} %`),
      amount(row.p95, (p95) => `${String(Math.round(p95 * 1000))} ms`),
    ];
    return withNamespace ? [namespace, ...cell] : cell;
  });
  return table(withNamespace ? ['NAMESPACE', ...head] : head, cells);
}

function amount(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '-' : format(value);
}
