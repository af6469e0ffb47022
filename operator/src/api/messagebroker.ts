import * as z from 'zod';
import type { CustomObject } from '../runtime/kube.ts';
import { commonColumns, readyColumn } from './columns.ts';
import * as field from './fields.ts';
import { schedulingFields } from './scheduling.ts';
import { resourceType, type KindDefinition, type SpecOf, type StatusOf } from './kind.ts';

/** A release series of RabbitMQ, as `4.1`. */
export const VERSION_PATTERN = /^[1-9][0-9]{0,2}\.[0-9]{1,3}$/;

/** Memory with which a node has room above what it takes by itself, below its watermark. */
export const LEAST_MEMORY = '512Mi';

const spec = z
  .object({
    nodes: z.literal([1, 3]).default(1).meta({
      description: 'Nodes of the cluster; with 3, queues survive the loss of one.',
      type: 'integer',
    }),
    version: z
      .string()
      .max(7)
      .regex(VERSION_PATTERN)
      .meta({
        description:
          'Version of RabbitMQ, as `4.1`: one that the chart offers (`engines.versions.rabbitmq`). It goes up only, one step that RabbitMQ allows at a time. Absent: the image of the chart, which is then changed there.',
      })
      .optional(),
    storage: field.storage,
    deletionPolicy: field.deletionPolicy,
    resources: field
      .resourcesFrom(LEAST_MEMORY, 'publishers would be blocked by the memory alarm before the first message')
      .optional(),
    ...schedulingFields,
  })
  .meta({
    description: 'The broker as it is wanted.',
    ...field.rules(
      field.storageFrom('512Mi', 'publishers are blocked while less than 200 MB are free on the disk'),
    ),
  });

const status = z
  .object({
    ...field.statusBase,
    readyNodes: field.count('Nodes that are up.'),
    shrinkingTo: field.count(
      'Nodes that the cluster may go down to now, while it has more than `spec.nodes`.',
    ),
    version: z.string().max(16).meta({ description: 'Version that every node runs.' }).optional(),
    pendingFeatureFlags: z
      .array(z.string().max(128))
      .max(100)
      .meta({
        description: 'Feature flags of that version that could not be enabled; the next version needs them.',
        ...field.SET,
      })
      .optional(),
    departing: field.departing,
  })
  .meta({ description: 'The broker as the operator sees it.' });

export const messageBroker = {
  kind: 'MessageBroker',
  plural: 'messagebrokers',
  singular: 'messagebroker',
  shortName: 'mb',
  description:
    'RabbitMQ with TLS. Exchanges, quorum queues, retries, dead letters, and one user for each service with exactly its permissions are made from the events that the services declare.',
  spec,
  status,
  columns: [
    readyColumn,
    { name: 'Nodes', type: 'integer', jsonPath: '.status.readyNodes', description: 'Nodes that are up.' },
    {
      name: 'Topology',
      type: 'string',
      jsonPath: ".status.conditions[?(@.type=='TopologySynced')].status",
      description: 'Whether queues and permissions match the declared events.',
    },
    ...commonColumns,
  ],
  example: `apiVersion: careplane.dev/v1alpha1
kind: MessageBroker
metadata: { name: clinic-broker, namespace: clinic }
spec:
  nodes: 1
  storage: { size: 1Gi }
`,
} as const satisfies KindDefinition;

export type MessageBrokerSpec = SpecOf<typeof messageBroker>;
export type MessageBrokerStatus = StatusOf<typeof messageBroker>;
export type MessageBroker = CustomObject<MessageBrokerSpec, MessageBrokerStatus>;
export const messageBrokers = resourceType<MessageBroker>(messageBroker);
