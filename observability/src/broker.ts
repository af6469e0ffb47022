import type { DashboardSpec } from './dashboard.ts';

const IN = 'namespace=~"$namespace"';
const QUEUE = `${IN},queue=~"$queue"`;

/** The queues between the services, and the broker that holds them. */
export const broker: DashboardSpec = {
  uid: 'careplane-broker',
  title: 'Careplane / Broker',
  description: 'Queues, consumers, dead letters and the health of RabbitMQ.',
  variables: [
    { name: 'namespace', metric: 'up{job="broker"}', label: 'namespace' },
    { name: 'queue', metric: 'rabbitmq_queue_messages{namespace=~"$namespace"}', label: 'queue' },
  ],
  rows: [
    {
      title: 'Queues',
      panels: [
        {
          title: 'Messages ready',
          description: 'Messages that wait for a consumer.',
          unit: 'short',
          queries: [
            { expr: `max by (queue) (rabbitmq_queue_messages_ready{${QUEUE}})`, legend: '{{queue}}' },
          ],
        },
        {
          title: 'Messages unacknowledged',
          description: 'Messages that a consumer has received and not yet acknowledged.',
          unit: 'short',
          queries: [
            { expr: `max by (queue) (rabbitmq_queue_messages_unacked{${QUEUE}})`, legend: '{{queue}}' },
          ],
        },
        {
          title: 'Consumers',
          description:
            'Zero is expected only for retry and dead-letter queues, and for a worker at zero replicas.',
          unit: 'short',
          queries: [
            {
              expr: `max by (queue) (rabbitmq_queue_consumers{${QUEUE},queue!~".+[.](dead|retry[.].+)"})`,
              legend: '{{queue}}',
            },
          ],
        },
        {
          title: 'Dead letters',
          description: 'Messages that consumers rejected. They wait for a person to replay or purge them.',
          unit: 'short',
          queries: [
            {
              expr: `max by (queue) (rabbitmq_queue_messages{${IN},queue=~".+[.]dead"})`,
              legend: '{{queue}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Broker',
      panels: [
        {
          title: 'Nodes scraped',
          description: 'RabbitMQ nodes that Prometheus scrapes.',
          unit: 'short',
          stat: true,
          queries: [{ expr: `sum(up{job="broker",${IN}})`, legend: 'nodes' }],
        },
        {
          title: 'Alarms',
          description: 'Memory or disk alarms. During an alarm the broker accepts no messages.',
          unit: 'short',
          stat: true,
          queries: [
            {
              expr: `sum(rabbitmq_alarms_memory_used_watermark{${IN}}) + sum(rabbitmq_alarms_free_disk_space_watermark{${IN}})`,
              legend: 'alarms',
            },
          ],
        },
        {
          title: 'Connections and channels',
          description: 'Each service has a few. Steady growth is a channel leak.',
          unit: 'short',
          queries: [
            { expr: `sum(rabbitmq_connections{${IN}})`, legend: 'connections' },
            { expr: `sum(rabbitmq_channels{${IN}})`, legend: 'channels' },
          ],
        },
        {
          title: 'Memory and free disk',
          description: 'The alarms are raised at the watermarks of the broker’s configuration.',
          unit: 'bytes',
          queries: [
            {
              expr: `sum by (pod) (rabbitmq_process_resident_memory_bytes{${IN}})`,
              legend: '{{pod}} memory',
            },
            {
              expr: `min by (pod) (rabbitmq_disk_space_available_bytes{${IN}})`,
              legend: '{{pod}} free disk',
            },
          ],
        },
      ],
    },
  ],
};
