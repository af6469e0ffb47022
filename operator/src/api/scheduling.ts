import * as z from 'zod';
import { keyedBy, SUBDOMAIN } from './fields.ts';
import { LABEL_KEY, LABEL_KEY_LENGTH, LABEL_VALUE, LABEL_VALUE_LENGTH } from './labels.ts';

/** Where pods may run, and how their images are pulled: the same words as in a pod. */

const labelKey = (description: string): z.ZodString =>
  z.string().min(1).max(LABEL_KEY_LENGTH).regex(LABEL_KEY).meta({ description });
const labelValue = z.string().max(LABEL_VALUE_LENGTH).regex(LABEL_VALUE);

const labels = (description: string): z.ZodRecord<z.ZodString, z.ZodString> =>
  z.record(z.string(), labelValue).meta({ description, maxProperties: 32 });

const values = z.array(labelValue).max(64).meta({ description: 'What it is compared with.' }).optional();

const nodeRequirement = z.object({
  key: labelKey('Key of the label.'),
  operator: z
    .enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'])
    .meta({ description: 'How the label is compared.' }),
  values,
});

const fieldRequirement = z.object({
  key: z.enum(['metadata.name']).meta({ description: 'The field.' }),
  operator: z.enum(['In', 'NotIn']).meta({ description: 'How the field is compared.' }),
  values: z
    .array(z.string().min(1).max(253).regex(SUBDOMAIN))
    .min(1)
    .max(1)
    .meta({ description: 'The name of one node.' }),
});

const podRequirement = z.object({
  key: labelKey('Key of the label.'),
  operator: z
    .enum(['In', 'NotIn', 'Exists', 'DoesNotExist'])
    .meta({ description: 'How the label is compared.' }),
  values,
});

const nodeTerm = z.object({
  matchExpressions: z
    .array(nodeRequirement)
    .max(16)
    .meta({ description: 'Labels of the node; all have to fit.' })
    .optional(),
  matchFields: z
    .array(fieldRequirement)
    .max(16)
    .meta({ description: 'Fields of the node; all have to fit.' })
    .optional(),
});

const labelSelector = z.object({
  matchLabels: labels('Labels that the pods have.').optional(),
  matchExpressions: z
    .array(podRequirement)
    .max(16)
    .meta({ description: 'Requirements that the labels of the pods fulfil.' })
    .optional(),
});

const podTerm = z.object({
  topologyKey: labelKey('Label of nodes: those with the same value are one place.'),
  labelSelector: labelSelector.meta({ description: 'Which pods.' }).optional(),
  namespaces: z
    .array(
      z
        .string()
        .min(1)
        .max(63)
        .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
    )
    .max(16)
    .meta({ description: 'Their namespaces; the own one when absent.' })
    .optional(),
});

const weight = z.int().min(1).max(100).meta({ description: 'How much it counts.' });

const weightedPodTerm = z.object({ weight, podAffinityTerm: podTerm.meta({ description: 'Which pods.' }) });

type PodAffinity = z.ZodObject<{
  requiredDuringSchedulingIgnoredDuringExecution: z.ZodOptional<z.ZodArray<typeof podTerm>>;
  preferredDuringSchedulingIgnoredDuringExecution: z.ZodOptional<z.ZodArray<typeof weightedPodTerm>>;
}>;

const podAffinity = (what: string): z.ZodOptional<PodAffinity> =>
  z
    .object({
      requiredDuringSchedulingIgnoredDuringExecution: z
        .array(podTerm)
        .max(8)
        .meta({ description: `Pods that it must be ${what}.` })
        .optional(),
      preferredDuringSchedulingIgnoredDuringExecution: z
        .array(weightedPodTerm)
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
  key: labelKey('Key of the taint; every taint when absent.').optional(),
  operator: z
    .enum(['Exists', 'Equal'])
    .meta({ description: 'How the value is compared; `Equal` when absent.' })
    .optional(),
  value: labelValue.meta({ description: 'Value of the taint.' }).optional(),
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

const INT32 = 2 ** 31 - 1;

const spread = z.object({
  topologyKey: labelKey('Label of nodes: those with the same value are one place.'),
  maxSkew: z.int().min(1).max(INT32).meta({ description: 'By how many pods two places may differ.' }),
  whenUnsatisfiable: z
    .enum(['DoNotSchedule', 'ScheduleAnyway'])
    .meta({ description: 'What happens to a pod that would break it.' }),
  minDomains: z
    .int()
    .min(1)
    .max(INT32)
    .meta({ description: 'Least number of places; only with `DoNotSchedule`.' })
    .optional(),
});

/** Fields of every kind that makes pods. */
export const schedulingFields = {
  imagePullSecrets: z
    .array(
      z.object({
        name: z.string().min(1).max(253).regex(SUBDOMAIN).meta({ description: 'Name of the Secret.' }),
      }),
    )
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
