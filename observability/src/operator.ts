import type { DashboardSpec } from './dashboard.ts';

const KIND = 'kind=~"$kind"';

/** The speed of the operator's reconciles, and their obstacles. */
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
          description: 'Stores and brokers that the operator cannot reach.',
          unit: 'short',
          stat: true,
          queries: [
            { expr: 'sum(max by (dependency) (careplane_dependency_down)) or vector(0)', legend: 'down' },
          ],
        },
        {
          title: 'Paused',
          description: 'Objects with the annotation careplane.dev/paused.',
          unit: 'short',
          stat: true,
          queries: [{ expr: 'sum(max by (kind) (careplane_paused_objects)) or vector(0)', legend: 'paused' }],
        },
        {
          title: 'Other revision than the spec’s',
          description:
            'Services that run another revision than their spec’s: rolled back, or pinned by an annotation.',
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
          title: 'Longest watch silence',
          description: 'Time since the last event or bookmark of a kind. Bookmarks come every minute.',
          unit: 's',
          stat: true,
          queries: [{ expr: 'max(careplane_watch_silence_seconds)', legend: 'silence' }],
        },
        {
          title: 'Drift corrected (24 h)',
          description: 'Children that another writer had changed or deleted.',
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
          description: 'Per second, by kind and result. `error` and `dependency_down` are retried.',
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
            'Objects that wait for a reconcile. The queue empties within seconds unless reconciles are slow.',
          unit: 'short',
          queries: [{ expr: `max by (kind) (careplane_queue_depth{${KIND}})`, legend: '{{kind}}' }],
        },
        {
          title: 'Time in the queue, 99th percentile',
          description: 'Time from entering the queue to the start of the reconcile.',
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
          description: 'At rest there are only renewals of the Lease, and reads of kinds without a watch.',
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
          description: 'Slow calls delay everything: check the API server and etcd.',
          unit: 's',
          queries: [
            {
              expr: 'histogram_quantile(0.99, sum by (verb, le) (rate(careplane_api_request_duration_seconds_bucket[$__rate_interval])))',
              legend: '{{verb}}',
            },
          ],
        },
        {
          title: 'Watch restarts',
          description: 'By reason. `silent` means that a watch died without closing its connection.',
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
