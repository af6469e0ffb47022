import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { healthcareServices } from '../api/healthcareservice.ts';
import { serviceGauges } from '../controllers/healthcareservice/gauges.ts';
import { Metrics } from '../runtime/telemetry/metrics.ts';
import { ObjectGauges } from '../runtime/telemetry/object-gauges.ts';
import { WebhookMetrics } from '../webhooks/metrics.ts';
import { tablePage } from './table-page.ts';

type Described = MetricObjectWithValues<MetricValue<string>> & { labelNames?: readonly string[] };

/** docs/reference/metrics.md: every metric of the operator with its labels. */
export function metricsPage(): string {
  const { registry } = new Metrics();
  new WebhookMetrics(registry);
  new ObjectGauges(registry, [{ type: healthcareServices, gauges: serviceGauges }]);
  const metrics = registry.getMetricsAsArray() as unknown as (Described & { name: string })[];
  const rows = metrics
    .map(({ name, type, labelNames = [], help }) => [
      `\`${name}\``,
      String(type),
      labelNames.map((label) => `\`${label}\``).join(', '),
      help,
    ])
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return tablePage({
    title: 'Metrics of the operator',
    introduction:
      'Served at `/metrics`, beside those of the process (memory, event loop, garbage collection). ' +
      'Alerts on them: `observability/rules`, each with a runbook in [operations](../operations/README.md).',
    head: ['Metric', 'Type', 'Labels', 'What it is'],
    rows,
  });
}
