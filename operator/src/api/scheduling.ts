import { z } from 'zod';
import { keyedBy } from './fields.ts';

/** Where pods may run, and how their images are pulled: the same words as in a pod. */

const text = (description: string, max = 253): z.ZodString => z.string().max(max).meta({ description });
const LABEL_VALUE = 63;
const LABEL_KEY = 317;

const labels = (description: string): z.ZodRecord<z.ZodString, z.ZodString> =>
  z.record(z.string(), z.string().max(LABEL_VALUE)).meta({ description, maxProperties: 32 });

const requirement = z.object({
  key: text('Key of the label.', LABEL_KEY),
  operator: z
    .enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'])
    .meta({ description: 'How the label is compared; `Gt` and `Lt` are for nodes only.' }),
  values: z
    .array(z.string().max(LABEL_VALUE))
    .max(64)
    .meta({ description: 'What it is compared with.' })
    .optional(),
});

const requirements = (description: string): z.ZodOptional<z.ZodArray<typeof requirement>> =>
  z.array(requirement).max(16).meta({ description }).optional();

const nodeTerm = z.object({
  matchExpressions: requirements('Labels of the node; all have to fit.'),
  matchFields: requirements('Fields of the node (`metadata.name`); all have to fit.'),
});

const labelSelector = z.object({
  matchLabels: labels('Labels that the pods have.').optional(),
  matchExpressions: requirements('Requirements that the labels of the pods fulfil.'),
});

const podTerm = z.object({
  topologyKey: text('Label of nodes: those with the same value are one place.', LABEL_KEY),
  labelSelector: labelSelector.meta({ description: 'Which pods.' }).optional(),
  namespaces: z
    .array(z.string().max(63))
    .max(16)
    .meta({ description: 'Their namespaces; the own one when absent.' })
    .optional(),
});

const weight = z.int().min(1).max(100).meta({ description: 'How much it counts.' });

const podAffinity = (what: string): z.ZodOptional<z.ZodObject> =>
  z
    .object({
      requiredDuringSchedulingIgnoredDuringExecution: z
        .array(podTerm)
        .max(8)
        .meta({ description: `Pods that it must be ${what}.` })
        .optional(),
      preferredDuringSchedulingIgnoredDuringExecution: z
        .array(z.object({ weight, podAffinityTerm: podTerm.meta({ description: 'Which pods.' }) }))
        .max(8)
        .meta({ description: `Pods that it is better ${what}.` })
        .optional(),
    })
    .meta({ description: `Pods that it is to be ${what}.` })
    .optional();

const affinity = z
  .object({
    nodeAffinity: z
      .object({
        requiredDuringSchedulingIgnoredDuringExecution: z
          .object({
            nodeSelectorTerms: z
              .array(nodeTerm)
              .min(1)
              .max(8)
              .meta({ description: 'One of these has to fit.' }),
          })
          .meta({ description: 'Nodes that it may run on.' })
          .optional(),
        preferredDuringSchedulingIgnoredDuringExecution: z
          .array(z.object({ weight, preference: nodeTerm.meta({ description: 'Which nodes.' }) }))
          .max(8)
          .meta({ description: 'Nodes that are better.' })
          .optional(),
      })
      .meta({ description: 'Nodes by their labels.' })
      .optional(),
    podAffinity: podAffinity('near'),
    podAntiAffinity: podAffinity('away from'),
  })
  .meta({ description: 'What the pods attract and avoid.' });

const toleration = z.object({
  key: text('Key of the taint; every taint when absent.', LABEL_KEY).optional(),
  operator: z
    .enum(['Exists', 'Equal'])
    .meta({ description: 'How the value is compared; `Equal` when absent.' })
    .optional(),
  value: text('Value of the taint.', LABEL_VALUE).optional(),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .meta({ description: 'Effect of the taint; every effect when absent.' })
    .optional(),
  tolerationSeconds: z
    .int()
    .min(0)
    .meta({ description: 'How long `NoExecute` is borne; for ever when absent.' })
    .optional(),
});

const spread = z.object({
  topologyKey: text('Label of nodes: those with the same value are one place.', LABEL_KEY),
  maxSkew: z.int().min(1).meta({ description: 'By how many pods two places may differ.' }),
  whenUnsatisfiable: z
    .enum(['DoNotSchedule', 'ScheduleAnyway'])
    .meta({ description: 'What happens to a pod that would break it.' }),
  minDomains: z
    .int()
    .min(1)
    .meta({ description: 'Least number of places; only with `DoNotSchedule`.' })
    .optional(),
});

/** Fields of every kind that makes pods. */
export const schedulingFields = {
  imagePullSecrets: z
    .array(z.object({ name: text('Name of the Secret.') }))
    .max(8)
    .meta({
      description: 'Secrets of this namespace with which the images are pulled from a private registry.',
      ...keyedBy('name'),
    })
    .optional(),
  nodeSelector: labels('Labels that a node has to have.').optional(),
  tolerations: z
    .array(toleration)
    .max(16)
    .meta({ description: 'Taints of nodes that the pods bear.' })
    .optional(),
  affinity: affinity.optional(),
  topologySpreadConstraints: z
    .array(spread)
    .max(8)
    .meta({
      description:
        'How the pods are spread. When absent, over nodes and zones as far as that is possible. The pods that are counted are those of this object.',
    })
    .optional(),
};

export type Scheduling = z.output<z.ZodObject<typeof schedulingFields>>;
