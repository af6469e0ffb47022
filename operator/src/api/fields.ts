import * as z from 'zod';
import type { ValidationRule } from './kind.ts';

/** CEL rules for a schema node. */
export function rules(...list: ValidationRule[]): { 'x-kubernetes-validations': ValidationRule[] } {
  return { 'x-kubernetes-validations': list };
}

/** Makes a list a map, merged by these keys under server-side apply; the API server refuses duplicates. */
export function keyedBy(...keys: string[]): Record<string, unknown> {
  return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys };
}

/** A list whose items are unique scalars. */
export const SET = { 'x-kubernetes-list-type': 'set' } as const;

/** RFC 1035 label of at most 40 characters, so that names made from two of them stay short. */
export const NAME_PATTERN = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
export const NAME_MAX_LENGTH = 40;

/** Name of a Careplane object in the same namespace. */
export function objectName(description: string): z.ZodString {
  return z.string().min(1).max(NAME_MAX_LENGTH).regex(NAME_PATTERN).meta({ description });
}

/** IANA service name (RFC 6335, 5.1) that begins with a letter: no two hyphens in a row. */
const PORT_NAME_PATTERN = /^[a-z](-?[a-z0-9])*$/;

/** IANA service name as Kubernetes limits port names: 15 characters. */
export function portName(description: string): z.ZodString {
  return z.string().min(1).max(15).regex(PORT_NAME_PATTERN).meta({ description });
}

export function portNumber(description: string): z.ZodInt {
  return z.int().min(1).max(65535).meta({ description });
}

/** Event name: lower-case words joined by dots (docs/concepts/contracts.md, Events). */
export function eventName(description: string): z.ZodString {
  return z
    .string()
    .max(100)
    .regex(/^[a-z][a-z0-9]*(\.[a-z][a-z0-9]*)+$/)
    .meta({ description });
}

/** A duration of one unit: `200ms`, `30s`, `5m`, `12h`, `7d`. */
export function duration(description: string): z.ZodString {
  return z
    .string()
    .max(12)
    .regex(/^[1-9][0-9]{0,8}(ms|s|m|h|d)$/)
    .meta({ description });
}

/** At most what an int64 holds: the API server rounds larger ones down, and what was applied would never be what is there. */
const QUANTITY =
  /^([0-9]{1,15}(\.[0-9]{1,9})?(m|k|Ki)?|[0-9]{1,12}(\.[0-9]{1,9})?(M|Mi)|[0-9]{1,6}(\.[0-9]{1,9})?(G|T|Gi|Ti))$/;

/** A Kubernetes quantity that people also write as a bare number (`cpu: 1`). */
function quantity(description: string): z.ZodUnion<readonly [z.ZodInt, z.ZodString]> {
  return z.union([z.int(), z.string()]).meta({
    description,
    'x-kubernetes-int-or-string': true,
    pattern: QUANTITY.source,
    ...rules({ rule: 'type(self) != int || self >= 0', message: 'must not be negative' }),
  });
}

type Amounts = z.ZodObject<{
  cpu: z.ZodOptional<ReturnType<typeof quantity>>;
  memory: z.ZodOptional<ReturnType<typeof quantity>>;
}>;

const amounts = (what: string): Amounts =>
  z.object({
    cpu: quantity(`CPU ${what}, in cores (\`2\`, \`'0.5'\`) or thousandths of one (\`500m\`).`).optional(),
    memory: quantity(`Memory ${what}, in bytes (\`256Mi\`).`).optional(),
  });

/** Kubelet takes a smaller CPU limit for this one, and 0 for none. */
const LEAST_CPU = '10m';

/** `resources` of pods that cannot work with less than this memory. */
export function resourcesFrom(
  leastMemory: string,
  why: string,
): z.ZodObject<{ requests: z.ZodOptional<Amounts>; limits: z.ZodOptional<Amounts> }> {
  return z
    .object({
      requests: amounts('reserved for each container')
        .meta({ description: 'What each pod is sure to get.' })
        .optional(),
      limits: amounts('a container may use at most')
        .meta({
          description: `What each pod may use at most: no less memory than \`${leastMemory}\`, no less cpu than \`${LEAST_CPU}\`.`,
          ...rules(limitFrom('memory', leastMemory, why), limitFrom('cpu', LEAST_CPU, 'it would mean none')),
        })
        .optional(),
    })
    .meta({
      description: 'CPU and memory of each pod; what is not said keeps its default.',
      ...rules(notAboveLimit('cpu'), notAboveLimit('memory')),
    });
}

/** Of any container. */
export const resources = resourcesFrom('16Mi', 'no program starts in so little; is the unit missing?');

function limitFrom(name: 'cpu' | 'memory', least: string, why: string): ValidationRule {
  return {
    rule: `!has(self.${name}) || ${isAtLeast(`string(self.${name})`, least)}`,
    message: `limits.${name} is below ${least}: ${why}`,
    fieldPath: `.${name}`,
  };
}

/** In CEL, whether a quantity is no less than another one. */
export function isAtLeast(quantity: string, least: string): string {
  return `quantity(${quantity}).compareTo(quantity('${least}')) >= 0`;
}

/** The API server would refuse the pods, long after it accepted this. */
function notAboveLimit(name: 'cpu' | 'memory'): ValidationRule {
  const isSaid = `has(self.requests) && has(self.limits) && has(self.requests.${name}) && has(self.limits.${name})`;
  const quantityOf = (amounts: string): string => `quantity(string(self.${amounts}.${name}))`;
  return {
    rule: `!(${isSaid}) || ${quantityOf('requests')}.compareTo(${quantityOf('limits')}) <= 0`,
    message: `requests.${name} is above limits.${name}`,
    fieldPath: `.requests.${name}`,
  };
}

export type Resources = z.output<typeof resources>;

/** A DNS subdomain of RFC 1123, as names of most objects are. */
export const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Volume of each member; fixed once made, since neither its class nor its size can be changed in place everywhere. */
export const storage = z
  .object({
    class: z
      .string()
      .min(1)
      .max(253)
      .regex(SUBDOMAIN)
      .meta({ description: "StorageClass of the volumes; the cluster's default when absent." })
      .optional(),
    size: z
      .string()
      .max(8)
      .regex(/^[1-9][0-9]{0,5}(Mi|Gi|Ti)$/)
      .meta({ description: 'Size of each volume, as `2Gi`.' }),
  })
  .meta({
    description: 'The volume of each member. It cannot be changed later.',
    ...rules(
      {
        rule: 'has(self.class) == has(oldSelf.class) && (!has(self.class) || self.class == oldSelf.class)',
        message:
          'the storage class cannot be changed: make a new object with the other class and move the data',
        fieldPath: '.class',
      },
      {
        rule: 'self.size == oldSelf.size',
        message:
          'the storage size cannot be changed: make a new object with the other size and move the data',
        fieldPath: '.size',
      },
    ),
  });

/**
 * A rule over `spec` for new objects: the size cannot be changed, so an old one that breaks it must not stand in the way.
 * @param exempt CEL for whom it is not, with ` || ` at its end
 */
export function storageFrom(least: string, why: string, exempt = ''): ValidationRule {
  return {
    rule: `oldSelf.hasValue() || ${exempt}${isAtLeast('self.storage.size', least)}`,
    optionalOldSelf: true,
    message: `storage.size is below ${least}: ${why}`,
    fieldPath: '.storage.size',
  };
}

export const deletionPolicy = z.enum(['Retain', 'Delete']).default('Retain').meta({
  description:
    'What happens to the volumes and the root credentials when the object is deleted: `Retain` keeps them, and an object of the same name finds them again; `Delete` removes them for good.',
});

/** `status.conditions`, as in the Kubernetes API conventions. */
export const conditions = z
  .array(
    z.object({
      type: z.string().max(316).meta({ description: 'What is judged; `Ready` sums the others up.' }),
      status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'The judgement.' }),
      reason: z.string().max(1024).meta({ description: 'Why, as one stable word.' }),
      message: z.string().max(32768).meta({ description: 'Why, for people, and what to do about it.' }),
      observedGeneration: z
        .int()
        .min(0)
        .meta({ description: 'The `metadata.generation` that was judged.' })
        .optional(),
      lastTransitionTime: z.iso
        .datetime()
        .meta({ description: 'When the status last changed.', format: 'date-time' })
        .optional(),
    }),
  )
  .max(20)
  .meta({ description: 'What the operator thinks of the object.', ...keyedBy('type') });

/** Fields that the status of every kind has. */
export const statusBase = {
  observedGeneration: z
    .int()
    .min(-1)
    .meta({
      description:
        'The `metadata.generation` that this status belongs to; -1 until the operator has looked at the object.',
    })
    .optional(),
  conditions: conditions.optional(),
};

/** Services that an engine still knows. */
export const departing = z
  .array(
    z.object({
      service: z.string().max(253).meta({ description: 'Name of the HealthcareService.' }),
      since: z.iso
        .datetime()
        .meta({ description: 'When it was first seen to be gone.', format: 'date-time' }),
      scope: z
        .enum(['Leftovers'])
        .meta({
          description:
            'There for a service that lives on: only what it declares no more, as its queue, is removed after the grace period.',
        })
        .optional(),
    }),
  )
  .max(1000)
  .meta({
    description:
      'Services that are gone, or declare this object or a part of it no more. Their users, queues and credentials are kept until the grace period of the operator is over, so that one that comes back finds them.',
    ...keyedBy('service'),
  })
  .optional();

/** A count of something in a status. */
export function count(description: string): z.ZodOptional<z.ZodInt> {
  return z.int().min(0).meta({ description }).optional();
}
