import * as z from 'zod';
import type { CustomObject } from '../runtime/kube.ts';
import { commonColumns, readyColumn } from './columns.ts';
import * as field from './fields.ts';
import { resourceType, type KindDefinition, type SpecOf, type StatusOf } from './kind.ts';

const spec = z
  .object({
    target: z.object({ service: field.objectName('HealthcareService in the same namespace.') }).meta({
      description: 'What is scaled. It cannot be changed later.',
      ...field.rules({
        rule: 'self.service == oldSelf.service',
        message: 'the target cannot be changed: make another policy',
        fieldPath: '.service',
      }),
    }),
    min: z.int().min(0).max(100).meta({ description: 'Fewest pods. 0 needs the trigger `queue`.' }),
    max: z.int().min(1).max(100).meta({ description: 'Most pods.' }),
    cpu: z
      .object({
        utilization: z
          .int()
          .min(1)
          .max(100)
          .meta({ description: 'CPU use to aim for, in percent of what the pods request.' }),
      })
      .meta({ description: 'Scales by CPU.' })
      .optional(),
    queue: z
      .object({
        messagesPerReplica: z
          .int()
          .min(1)
          .max(1_000_000)
          .meta({ description: "Messages (waiting and in work) of the service's queue for each pod." }),
      })
      .meta({ description: 'Scales by the backlog of the service’s queue at the broker.' })
      .optional(),
    behavior: z
      .object({
        scaleDownStabilization: z
          .string()
          .max(8)
          .regex(/^([1-9][0-9]{0,5}ms|[1-9][0-9]{0,4}s|[1-9][0-9]{0,3}m|[1-9][0-9]{0,1}h|[1-3]d)$/)
          .meta({
            description:
              'Pods are taken away only when that many were too many for this long; also how long a queue must be empty before the last pod goes. Days at most: the demand of the whole time is remembered.',
          })
          .default('60s'),
      })
      .meta({ description: 'How fast replicas may change.' })
      .prefault({}),
    pause: z
      .boolean()
      .default(false)
      .meta({ description: 'Holds the last decision until it is false again.' }),
  })
  .meta({
    description: 'How the service is scaled.',
    ...field.rules(
      {
        rule: 'has(self.cpu) || has(self.queue)',
        message: 'needs at least one trigger: cpu or queue',
        reason: 'FieldValueRequired',
      },
      {
        rule: 'self.min > 0 || has(self.queue)',
        message: 'min 0 needs the trigger queue: with no pod running nothing else can wake the service',
        fieldPath: '.min',
      },
      { rule: 'self.min <= self.max', message: 'max must not be less than min', fieldPath: '.max' },
    ),
  });

const status = z
  .object({
    ...field.statusBase,
    desiredReplicas: field.count('Replicas that the policy decided on; the service follows.'),
  })
  .meta({ description: 'What the policy decided.' });

export const scalingPolicy = {
  kind: 'ScalingPolicy',
  plural: 'scalingpolicies',
  singular: 'scalingpolicy',
  shortName: 'sp',
  description:
    'Scales one HealthcareService between `min` and `max` by CPU, by the backlog of its queue, or by the larger demand of both; workers go to zero and back. While it exists it alone decides the replicas of its target, unless a HorizontalPodAutoscaler does; when it is deleted its last decision holds.',
  spec,
  status,
  columns: [
    readyColumn,
    { name: 'Target', type: 'string', jsonPath: '.spec.target.service', description: 'The scaled service.' },
    { name: 'Min', type: 'integer', jsonPath: '.spec.min', description: 'Fewest pods.' },
    { name: 'Max', type: 'integer', jsonPath: '.spec.max', description: 'Most pods.' },
    { name: 'Desired', type: 'integer', jsonPath: '.status.desiredReplicas', description: 'The decision.' },
    ...commonColumns,
  ],
  example: `apiVersion: careplane.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: notifications, namespace: clinic }
spec:
  target: { service: notifications }
  min: 0
  max: 5
  queue: { messagesPerReplica: 50 }
`,
} as const satisfies KindDefinition;

export type ScalingPolicySpec = SpecOf<typeof scalingPolicy>;
export type ScalingPolicyStatus = StatusOf<typeof scalingPolicy>;
export type ScalingPolicy = CustomObject<ScalingPolicySpec, ScalingPolicyStatus>;
export const scalingPolicies = resourceType<ScalingPolicy>(scalingPolicy);
