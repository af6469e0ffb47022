// The metrics that rules and dashboards may read, and the sources of their names.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** RabbitMQ's prometheus plugin, 4.0, with `prometheus.return_per_object_metrics`. */
const RABBITMQ = [
  'rabbitmq_alarms_free_disk_space_watermark',
  'rabbitmq_alarms_memory_used_watermark',
  'rabbitmq_channels',
  'rabbitmq_connections',
  'rabbitmq_disk_space_available_bytes',
  'rabbitmq_process_resident_memory_bytes',
  'rabbitmq_queue_consumers',
  'rabbitmq_queue_messages',
  'rabbitmq_queue_messages_ready',
  'rabbitmq_queue_messages_unacked',
];

/** prom-client's default metrics. */
const PROCESS = [
  'nodejs_eventloop_lag_p99_seconds',
  'nodejs_gc_duration_seconds',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
];

/** Prometheus makes it for every target. */
const PROMETHEUS = ['up'];

/** All known names: the contract's, the operator's, RabbitMQ's, Node's, Prometheus', and those of recording rules. */
export function knownMetrics(): Set<string> {
  const contract = read('docs/concepts/contracts.md').split('## Metrics')[1] ?? '';
  const ofServices = namesIn(contract, /`([a-z0-9_]+)(?:\{[^}]*\})?`/g);
  // Generated from the operator's registry; another test checks that it is fresh.
  const ofOperator = namesIn(read('docs/reference/metrics.md'), /^\| `([a-z0-9_]+)`/gm);
  const rules = readdirSync(join(ROOT, 'observability/rules')).map((file) =>
    read(`observability/rules/${file}`),
  );
  const recorded = rules.flatMap((text) => namesIn(text, /- record: (\S+)/g));
  return new Set([...ofServices, ...ofOperator, ...recorded, ...RABBITMQ, ...PROCESS, ...PROMETHEUS]);
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}
