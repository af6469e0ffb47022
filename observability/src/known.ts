// The metrics that rules and dashboards may read, and where each name comes from.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** Where the operator declares its own. */
const OPERATOR = ['runtime/telemetry/metrics.ts', 'webhooks/metrics.ts'];

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

/** Made by Prometheus itself for every target. */
const PROMETHEUS = ['up'];

/** Every name that exists: the contract's, the operator's own, and those of RabbitMQ, Node and Prometheus. */
export function knownMetrics(): Set<string> {
  const contract =
    readFileSync(join(ROOT, 'docs/concepts/contracts.md'), 'utf8').split('## Metrics')[1] ?? '';
  const inContract = [...contract.matchAll(/`([a-z_]+)(?:\{[^}]*\})?`/g)].map(([, name = '']) => name);
  const ofOperator = OPERATOR.flatMap((file) => {
    const source = readFileSync(join(ROOT, 'operator/src', file), 'utf8');
    return [...source.matchAll(/name: '([a-z_]+)'/g)].map(([, name = '']) => name);
  });
  return new Set([...inContract, ...ofOperator, ...RABBITMQ, ...PROCESS, ...PROMETHEUS]);
}
