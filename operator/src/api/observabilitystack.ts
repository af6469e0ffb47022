import { z } from 'zod';
import type { CustomObject } from '../runtime/kube.ts';
import { commonColumns, readyColumn } from './columns.ts';
import * as field from './fields.ts';
import { schedulingFields } from './scheduling.ts';
import { resourceType, type KindDefinition, type SpecOf, type StatusOf } from './kind.ts';

const spec = z
  .object({
    retention: field.duration('How long metrics are kept, as `7d`.').default('7d'),
    storage: field.storage,
    dashboards: z
      .object({
        labels: z
          .record(z.string(), z.string().max(63))
          .meta({
            description:
              'Labels of the dashboards\' ConfigMaps, by which Grafana\'s sidecar finds them; `grafana_dashboard: "1"` when absent.',
            maxProperties: 8,
          })
          .optional(),
      })
      .meta({ description: 'How dashboards are handed to Grafana.' })
      .optional(),
    resources: field.resources.optional(),
    ...schedulingFields,
  })
  .meta({ description: 'The stack as it is wanted.' });

const status = z
  .object({
    ...field.statusBase,
    targets: field.count('Targets that should be scraped.'),
    targetsUp: field.count('Targets that are scraped.'),
  })
  .meta({ description: 'The stack as the operator sees it.' });

export const observabilityStack = {
  kind: 'ObservabilityStack',
  plural: 'observabilitystacks',
  singular: 'observabilitystack',
  shortName: 'obs',
  description:
    'Prometheus that scrapes every service, the broker and the operator, the alert rules, and the dashboards as ConfigMaps for Grafana.',
  spec,
  status,
  columns: [
    readyColumn,
    { name: 'Up', type: 'integer', jsonPath: '.status.targetsUp', description: 'Targets that are scraped.' },
    { name: 'Targets', type: 'integer', jsonPath: '.status.targets', description: 'Targets that should be.' },
    {
      name: 'Retention',
      type: 'string',
      jsonPath: '.spec.retention',
      description: 'How long metrics are kept.',
    },
    ...commonColumns,
  ],
  example: `apiVersion: careplane.dev/v1alpha1
kind: ObservabilityStack
metadata: { name: clinic-observability, namespace: clinic }
spec:
  retention: 7d
  storage: { size: 2Gi }
`,
} as const satisfies KindDefinition;

export type ObservabilityStackSpec = SpecOf<typeof observabilityStack>;
export type ObservabilityStackStatus = StatusOf<typeof observabilityStack>;
export type ObservabilityStack = CustomObject<ObservabilityStackSpec, ObservabilityStackStatus>;
export const observabilityStacks = resourceType<ObservabilityStack>(observabilityStack);
