import type { DashboardSpec } from './dashboard.ts';

const KIND = 'kind=~"$kind"';

/** How fast the operator makes the world as it should be, and what keeps it from that. */
export const operator: DashboardSpec = {
  uid: 'careplane-operator',
  title: 'Careplane / Operator',
  description: 'Reconciles, queues, watches and API calls of the operator.',
  variables: [{ name: 'kind', metric: 'careplane_queue_depth', label: 'kind' }],
  rows: [
    {
      title: 'Health',
      panels: [
        {
          title: 'Leaders',
          description: 'Pods that hold the Lease: exactly one.',
          unit: 'short',
          stat: true,
          queries: [{ expr: 'sum(careplane_leader)', legend: 'leaders' }],
        },
        {
          title: 'Dependencies down',
          description: 'Stores and brokers that the operator does not reach.',
          unit: 'short',
          stat: true,
          queries: [
            { expr: 'sum(max by (dependency) (careplane_dependency_down)) or vector(0)', legend: 'down' },
          ],
        },
        {
          title: 'Paused',
          description: 'Objects for which somebody asked to do nothing.',
          unit: 'short',
          stat: true,
          queries: [{ expr: 'sum(max by (kind) (careplane_paused_objects)) or vector(0)', legend: 'paused' }],
        },
        {
          title: 'Not what the spec says',
          description:
            'Services that run another revision than their spec asks for: rolled back, or held by an annotation.',
          unit: 'short',
          stat: true,
          queries: [
            {
              expr: 'count(max by (namespace, service) (careplane_service_rolled_back)) or vector(0)',
              legend: 'services',
            },
          ],
        },
        {
          title: 'Longest silence',
          description:
            'Since when the API server has said nothing about some kind. Bookmarks come every minute.',
          unit: 's',
          stat: true,
          queries: [{ expr: 'max(careplane_watch_silence_seconds)', legend: 'silence' }],
        },
        {
          title: 'Drift put right (24 h)',
          description: 'Children that somebody else had changed or deleted.',
          unit: 'short',
          stat: true,
          queries: [{ expr: 'sum(increase(careplane_drift_corrected_total[24h]))', legend: 'corrected' }],
        },
        {
          title: 'Lost events (24 h)',
          description: 'Kubernetes events that could not be written.',
          unit: 'short',
          stat: true,
          queries: [{ expr: 'sum(increase(careplane_events_failed_total[24h]))', legend: 'lost' }],
        },
      ],
    },
    {
      title: 'Reconciles',
      panels: [
        {
          title: 'Reconciles by result',
          description:
            'A second, by kind and result. `error` is tried again, `dependency_down` too: a store or a broker does not answer.',
          unit: 'ops',
          queries: [
            {
              expr: `sum by (kind, result) (rate(careplane_reconcile_duration_seconds_count{${KIND}}[$__rate_interval]))`,
              legend: '{{kind}} {{result}}',
            },
          ],
        },
        {
          title: 'Duration, 99th percentile',
          description: 'Time of one reconcile, by kind.',
          unit: 's',
          queries: [
            {
              expr: `histogram_quantile(0.99, sum by (kind, le) (rate(careplane_reconcile_duration_seconds_bucket{${KIND}}[$__rate_interval])))`,
              legend: '{{kind}}',
            },
          ],
        },
        {
          title: 'Queue depth',
          description:
            'Objects that wait for a reconcile. It empties within seconds unless reconciles are slow.',
          unit: 'short',
          queries: [{ expr: `max by (kind) (careplane_queue_depth{${KIND}})`, legend: '{{kind}}' }],
        },
        {
          title: 'Time in the queue, 99th percentile',
          description: 'From being ready for a reconcile to its begin.',
          unit: 's',
          queries: [
            {
              expr: `histogram_quantile(0.99, sum by (kind, le) (rate(careplane_queue_latency_seconds_bucket{${KIND}}[$__rate_interval])))`,
              legend: '{{kind}}',
            },
          ],
        },
      ],
    },
    {
      title: 'API server',
      panels: [
        {
          title: 'Calls by verb and code',
          description: 'At rest there is nothing but the Lease’s renewal (and reads of what has no watch).',
          unit: 'reqps',
          queries: [
            {
              expr: 'sum by (verb, code) (rate(careplane_api_request_duration_seconds_count[$__rate_interval]))',
              legend: '{{verb}} {{code}}',
            },
          ],
        },
        {
          title: 'Duration of calls, 99th percentile',
          description: 'Slow here is slow everywhere: look at the API server and etcd.',
          unit: 's',
          queries: [
            {
              expr: 'histogram_quantile(0.99, sum by (verb, le) (rate(careplane_api_request_duration_seconds_bucket[$__rate_interval])))',
              legend: '{{verb}}',
            },
          ],
        },
        {
          title: 'Watches begun again',
          description: 'By reason. `silent` means that a watch had died without a word.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (kind, reason) (rate(careplane_watch_restarts_total[$__rate_interval]))',
              legend: '{{kind}} {{reason}}',
            },
          ],
        },
        {
          title: 'Memory',
          description: 'Resident memory of each operator pod; the limit is 256 MiB.',
          unit: 'bytes',
          queries: [{ expr: 'process_resident_memory_bytes{job="operator"}', legend: '{{instance}}' }],
        },
      ],
    },
  ],
};
