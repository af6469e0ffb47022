import * as z from 'zod';
import type { CustomObject } from '../runtime/kube.ts';
import { commonColumns, readyColumn } from './columns.ts';
import * as field from './fields.ts';
import { schedulingFields } from './scheduling.ts';
import { resourceType, type KindDefinition, type SpecOf, type StatusOf } from './kind.ts';

const spec = z
  .object({
    nodes: z.literal([1, 3]).default(1).meta({
      description: 'Nodes of the cluster; with 3, queues survive the loss of one.',
      type: 'integer',
    }),
    storage: field.storage,
    deletionPolicy: field.deletionPolicy,
    resources: field
      .resourcesFrom('512Mi', 'publishers would be blocked by the memory alarm before the first message')
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
