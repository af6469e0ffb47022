import type { DashboardSpec } from './dashboard.ts';

const IN = 'namespace=~"$namespace",service=~"$service"';

/** Rate, errors and duration of each service, and its process. */
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
          description: 'Requests per second by service.',
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
            'Share of requests that ended with 5xx, and the allowed share, which spends exactly the error budget.',
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
          description: 'Latency that 5 % of the requests exceed, and its objective.',
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
          description: 'The ten slowest routes.',
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
      title: 'Objectives',
      panels: [
        {
          title: 'Error budget spent, six hours',
          description: 'Burn rate: at 1 a month spends exactly the budget, at 6 a ticket is opened.',
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
          description: 'Services that were rolled back, by reason, or pinned to a revision (Pinned).',
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
          description: 'Events per second that the broker confirmed.',
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
          description: 'Events per second that consumers handled, by result.',
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
            'Unpublished events. A rise while nothing is published means that the broker accepts none.',
          unit: 'short',
          queries: [{ expr: `max by (service) (careplane_outbox_pending{${IN}})`, legend: '{{service}}' }],
        },
        {
          title: 'Pods scraped',
          description: 'Pods that Prometheus scrapes. A worker may have none.',
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
          description: 'Cores used by each pod. Node uses one core: near 1 it is saturated.',
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
          description: 'Delay of the event loop. Above 200 ms requests are visibly slow.',
          unit: 's',
          queries: [{ expr: `nodejs_eventloop_lag_p99_seconds{job="services",${IN}}`, legend: '{{pod}}' }],
        },
        {
          title: 'Garbage collection',
          description: 'Share of the time spent on garbage collection.',
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
