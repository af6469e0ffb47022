import type { DashboardSpec } from './dashboard.ts';

const IN = 'namespace=~"$namespace",service=~"$service"';

/** Rate, errors, duration of each service, and what its process does. */
export const services: DashboardSpec = {
  uid: 'careplane-services',
  title: 'Careplane / Services',
  description: 'Rate, errors, duration of every service, its events and its processes.',
  variables: [
    { name: 'namespace', metric: 'up{job="services"}', label: 'namespace' },
    { name: 'service', metric: 'up{job="services",namespace=~"$namespace"}', label: 'service' },
  ],
  rows: [
    {
      title: 'Requests',
      panels: [
        {
          title: 'Rate',
          description: 'Requests a second by service.',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (service) (rate(http_server_request_duration_seconds_count{${IN}}[$__rate_interval]))`,
              legend: '{{service}}',
            },
          ],
        },
        {
          title: 'Errors',
          description:
            'Share of requests that ended with 5xx, and what may: at that share the error budget is spent exactly.',
          unit: 'percentunit',
          queries: [
            { expr: `1 - careplane:slo_availability:ratio{${IN}}`, legend: '{{service}} may' },
            {
              expr: `sum by (service) (rate(http_server_request_duration_seconds_count{${IN},status=~"5.."}[$__rate_interval])) / sum by (service) (rate(http_server_request_duration_seconds_count{${IN}}[$__rate_interval]))`,
              legend: '{{service}}',
            },
          ],
        },
        {
          title: 'Duration, 95th percentile',
          description: 'The slowest 5 % of the requests take at least this long, and how long they may take.',
          unit: 's',
          queries: [
            { expr: `careplane:slo_latency_p95:seconds{${IN}}`, legend: '{{service}} may' },
            {
              expr: `histogram_quantile(0.95, sum by (service, le) (rate(http_server_request_duration_seconds_bucket{${IN}}[$__rate_interval])))`,
              legend: '{{service}}',
            },
          ],
        },
        {
          title: 'Slowest routes, 95th percentile',
          description: 'The ten routes that take longest: where to look when a service is slow.',
          unit: 's',
          queries: [
            {
              expr: `topk(10, histogram_quantile(0.95, sum by (service, method, route, le) (rate(http_server_request_duration_seconds_bucket{${IN}}[$__rate_interval]))))`,
              legend: '{{service}} {{method}} {{route}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Promises',
      panels: [
        {
          title: 'Error budget spent, six hours',
          description:
            'Times as fast as the objective allows: at 1 a month spends the budget exactly, at 6 a ticket is opened.',
          unit: 'short',
          queries: [
            {
              expr: `careplane:http_errors:ratio6h{${IN}} / (1 - careplane:slo_availability:ratio{${IN}})`,
              legend: '{{service}}',
            },
          ],
        },
        {
          title: 'Other revision than the spec’s',
          description:
            'Services that were rolled back, by why, or that somebody holds at a revision (Pinned).',
          unit: 'short',
          queries: [
            {
              expr: `max by (service, reason) (careplane_service_rolled_back{${IN}})`,
              legend: '{{service}} {{reason}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Events',
      panels: [
        {
          title: 'Published',
          description: 'Events a second that the broker confirmed.',
          unit: 'ops',
          queries: [
            {
              expr: `sum by (service, event) (rate(careplane_events_published_total{${IN}}[$__rate_interval]))`,
              legend: '{{service}} {{event}}',
            },
          ],
        },
        {
          title: 'Consumed',
          description: 'Events a second that were settled, by result.',
          unit: 'ops',
          queries: [
            {
              expr: `sum by (service, result) (rate(careplane_events_consumed_total{${IN}}[$__rate_interval]))`,
              legend: '{{service}} {{result}}',
            },
          ],
        },
        {
          title: 'Outbox',
          description:
            'Events that have not left yet. Rising while nothing is published: the broker does not take them.',
          unit: 'short',
          queries: [{ expr: `max by (service) (careplane_outbox_pending{${IN}})`, legend: '{{service}}' }],
        },
        {
          title: 'Pods that answer',
          description: 'Pods whose metrics Prometheus gets. A worker may be at zero.',
          unit: 'short',
          queries: [{ expr: `sum by (service) (up{job="services",${IN}})`, legend: '{{service}}' }],
        },
      ],
    },
    {
      title: 'Processes',
      panels: [
        {
          title: 'CPU',
          description: 'Cores used by each pod. Node computes on one: near 1 it is saturated.',
          unit: 'short',
          queries: [
            {
              expr: `rate(process_cpu_seconds_total{job="services",${IN}}[$__rate_interval])`,
              legend: '{{pod}}',
            },
          ],
        },
        {
          title: 'Memory',
          description: 'Resident memory of each pod. A steady rise over days is a leak.',
          unit: 'bytes',
          queries: [{ expr: `process_resident_memory_bytes{job="services",${IN}}`, legend: '{{pod}}' }],
        },
        {
          title: 'Event loop lag, 99th percentile',
          description: 'How long work waits for the process. Above 200 ms requests are visibly late.',
          unit: 's',
          queries: [{ expr: `nodejs_eventloop_lag_p99_seconds{job="services",${IN}}`, legend: '{{pod}}' }],
        },
        {
          title: 'Garbage collection',
          description: 'Share of the time spent collecting garbage.',
          unit: 'percentunit',
          queries: [
            {
              expr: `sum by (pod) (rate(nodejs_gc_duration_seconds_sum{job="services",${IN}}[$__rate_interval]))`,
              legend: '{{pod}}',
            },
          ],
        },
      ],
    },
  ],
};
