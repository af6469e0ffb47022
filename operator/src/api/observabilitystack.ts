import * as z from 'zod';
import type { CustomObject } from '../runtime/kube.ts';
import { commonColumns, readyColumn } from './columns.ts';
import * as field from './fields.ts';
import { GROUP } from './group.ts';
import { LABEL_VALUE } from './labels.ts';
import { schedulingFields } from './scheduling.ts';
import { resourceType, type KindDefinition, type SpecOf, type StatusOf } from './kind.ts';

const LABEL_KEY =
  /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?([.][a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*[/])?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

const spec = z
  .object({
    retention: z
      .string()
      .max(5)
      .regex(/^[1-9][0-9]{0,3}(h|d)$/)
      .meta({ description: 'How long metrics are kept: hours or days, as `7d`.' })
      .default('7d'),
    storage: field.storage,
    dashboards: z
      .object({
        labels: z
          .record(z.string(), z.string().max(63).regex(LABEL_VALUE))
          .meta({
            description:
              'Labels of the dashboards\' ConfigMaps, by which Grafana\'s sidecar finds them; `grafana_dashboard: "1"` when absent.',
            maxProperties: 8,
            ...field.rules(
              {
                rule: `self.all(k, k.matches('${LABEL_KEY.source}'))`,
                message:
                  'keys are label keys: at most 63 letters, digits, dashes, dots and underscores, after a DNS name and a slash or not',
              },
              {
                rule: `self.all(k, !k.startsWith('${GROUP}/'))`,
                message: `labels below ${GROUP}/ are the operator's own`,
              },
            ),
          })
          .optional(),
      })
      .meta({ description: 'How dashboards are handed to Grafana.' })
      .optional(),
    resources: field
      .resourcesFrom('128Mi', 'Prometheus cannot hold the series of a namespace in less')
      .optional(),
    ...schedulingFields,
  })
  .meta({
    description: 'The stack as it is wanted.',
    ...field.rules(field.storageFrom('512Mi', 'the write-ahead log alone takes segments of 128 MiB')),
  });

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
