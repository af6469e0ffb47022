import type { DashboardSpec } from './dashboard.ts';

const IN = 'namespace=~"$namespace"';
const PATIENTS = `${IN},service="gateway"`;
const rateOf = (event: string): string =>
  `sum(rate(careplane_events_published_total{${IN},event="${event}"}[$__rate_interval]))`;
const lastDay = (event: string): string =>
  `sum(increase(careplane_events_published_total{${IN},event="${event}"}[24h]))`;

/** The first dashboard of a clinic's manager and on-call: bookings and notifications of patients. */
export const clinic: DashboardSpec = {
  uid: 'careplane-clinic',
  title: 'Careplane / Clinical operations',
  description: 'Bookings, registrations, e-mails and the answers that patients receive.',
  variables: [
    { name: 'namespace', metric: 'http_server_request_duration_seconds_count', label: 'namespace' },
  ],
  rows: [
    {
      title: 'The last 24 hours',
      panels: [
        {
          title: 'Appointments booked',
          description: 'Bookings whose event the broker has confirmed.',
          unit: 'short',
          stat: true,
          queries: [{ expr: lastDay('appointment.booked'), legend: 'booked' }],
        },
        {
          title: 'Appointments cancelled',
          description: 'Cancellations whose event the broker has confirmed.',
          unit: 'short',
          stat: true,
          queries: [{ expr: lastDay('appointment.cancelled'), legend: 'cancelled' }],
        },
        {
          title: 'Patients registered',
          description: 'Registrations whose event the broker has confirmed.',
          unit: 'short',
          stat: true,
          queries: [{ expr: lastDay('patient.registered'), legend: 'registered' }],
        },
        {
          title: 'Requests without a server error',
          description: 'Share of the gateway’s requests that did not end with 5xx, and its objective.',
          unit: 'percentunit',
          stat: true,
          queries: [
            { expr: `min(careplane:slo_availability:ratio{${PATIENTS}})`, legend: 'objective' },
            {
              expr: `1 - (sum(increase(http_server_request_duration_seconds_count{${PATIENTS},status=~"5.."}[24h])) or vector(0)) / sum(increase(http_server_request_duration_seconds_count{${PATIENTS}}[24h]))`,
              legend: 'available',
            },
          ],
        },
        {
          title: 'Pending events',
          description:
            'Unpublished events in outboxes. More than a few for minutes mean that the broker accepts none.',
          unit: 'short',
          stat: true,
          queries: [
            { expr: `sum(max by (namespace, service) (careplane_outbox_pending{${IN}}))`, legend: 'pending' },
          ],
        },
        {
          title: 'Dead letters',
          description: 'Messages that consumers rejected. Any value above 0 needs a person.',
          unit: 'short',
          stat: true,
          queries: [{ expr: `sum(rabbitmq_queue_messages{${IN},queue=~".+[.]dead"})`, legend: 'dead' }],
        },
      ],
    },
    {
      title: 'Now',
      panels: [
        {
          title: 'Bookings and cancellations',
          description: 'A morning peak is normal; a gap during opening hours is not.',
          unit: 'ops',
          queries: [
            { expr: rateOf('appointment.booked'), legend: 'booked' },
            { expr: rateOf('appointment.cancelled'), legend: 'cancelled' },
          ],
        },
        {
          title: 'Notifications',
          description:
            'Events that the notification workers handled, by result. `retried` indicates a failure of the mail provider.',
          unit: 'ops',
          queries: [
            {
              expr: `sum by (result) (rate(careplane_events_consumed_total{${IN},service="notifications"}[$__rate_interval]))`,
              legend: '{{result}}',
            },
          ],
        },
        {
          title: 'Waiting time of patients (gateway)',
          description: 'Latency of the gateway, and the objective of its 95th percentile.',
          unit: 's',
          queries: [
            { expr: `min(careplane:slo_latency_p95:seconds{${PATIENTS}})`, legend: 'objective of p95' },
            ...[0.5, 0.95, 0.99].map((quantile) => ({
              expr: `histogram_quantile(${String(quantile)}, sum by (le) (rate(http_server_request_duration_seconds_bucket{${PATIENTS}}[$__rate_interval])))`,
              legend: `p${String(quantile * 100)}`,
            })),
          ],
        },
        {
          title: 'Answers by status (gateway)',
          description: '409 is a taken slot, 429 a caller above its limit, 5xx a fault of the platform.',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (status) (rate(http_server_request_duration_seconds_count{${PATIENTS}}[$__rate_interval]))`,
              legend: '{{status}}',
            },
          ],
        },
      ],
    },
  ],
};
