import * as z from 'zod';
import type { CustomObject } from '../runtime/kube.ts';
import { auditLog } from './audit-log.ts';
import { commonColumns, readyColumn } from './columns.ts';
import { contentSecretRule, contentStoreRules } from './content-store.ts';
import { DEFAULT_SLO } from './default-slo.ts';
import * as field from './fields.ts';
import { status } from './healthcareservice-status.ts';
import { schedulingFields } from './scheduling.ts';
import { resourceType, type KindDefinition, type SpecOf, type StatusOf } from './kind.ts';
import { edges } from './service-edges.ts';
import { extraPort, http } from './service-ports.ts';

/**
 * Registry, repository, tag and digest as the container runtime takes them apart: what it cannot, no node pulls.
 * https://github.com/distribution/reference/blob/main/reference.go
 */
const HOST = '[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?';
const PART = '[a-z0-9]+(([.]|_|__|-+)[a-z0-9]+)*';
const IMAGE = new RegExp(
  `^(${HOST}([.]${HOST})*(:[0-9]{1,5})?/)?${PART}(/${PART})*(:\\w[\\w.-]{0,127})?(@sha256:[a-f0-9]{64})?$`,
);

const secret = z.object({
  name: z
    .string()
    .min(1)
    .max(50)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    .meta({ description: 'Secret in the same namespace, mounted at `/bindings/<name>`.' }),
  generate: z
    .array(
      z
        .string()
        .min(1)
        .max(63)
        .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
        .meta({
          description: 'Key in the Secret.',
          ...field.rules({
            rule: "self != 'type'",
            message: 'the entry `type` names the kind of binding and cannot be generated',
          }),
        }),
    )
    .max(16)
    .meta({
      description:
        'Keys that the operator fills with 32 random bytes (base64url) where they, or the Secret, are absent. What is there is never overwritten and never deleted, and what was there once is never made anew.',
      ...field.SET,
    })
    .optional(),
});

const spec = z
  .object({
    image: z
      .string()
      .min(1)
      .max(512)
      .regex(IMAGE)
      .meta({
        description: 'Container image with a tag or a digest; the tag is shown as the version.',
        ...field.rules(
          {
            rule: "self.matches('(:[^/:]+|@sha256:[a-f0-9]+)$')",
            message: 'needs a tag or a digest, so that it is known which version runs',
          },
          {
            rule: "self.matches('^.{1,255}(:[^/:@]+)?(@[^/@]+)?$')",
            message: 'the name without tag and digest has more than 255 characters',
          },
        ),
      }),
    role: z.enum(['api', 'worker', 'gateway']).meta({
      description:
        '`api` answers http calls, `worker` handles events in the background, `gateway` lets the world in and routes to the services that it calls.',
    }),
    dataClass: z.enum(['phi', 'operational', 'public']).meta({
      description:
        'The most sensitive data that the service handles. `phi` (protected health information) is never Ready on a store whose encryption at rest is unproven, unless the store says that encryption is only `Preferred`.',
    }),
    replicas: z.int().min(0).max(100).default(1).meta({
      description:
        'Pods to run; what `kubectl scale` and autoscalers of this kind write. A ScalingPolicy that targets this service decides instead of this field, until a HorizontalPodAutoscaler targets the service. When the policy is deleted its last decision holds until this field changes.',
    }),
    http: http.optional(),
    ports: z
      .array(extraPort)
      .max(8)
      .meta({ description: 'TCP ports beside http.', ...field.keyedBy('name') })
      .optional(),
    ...edges,
    config: z
      .record(z.string(), z.string().max(4096))
      .meta({
        description: 'Environment variables, as they are. Never put a secret here. A change rolls the pods.',
        maxProperties: 64,
        ...field.rules(
          {
            rule: "self.all(k, k.matches('^[A-Za-z_][A-Za-z0-9_]*$'))",
            message:
              'keys are environment variables: letters, digits and underscores, not beginning with a digit',
          },
          {
            rule: "self.all(k, !(k in ['PORT', 'ADMIN_PORT', 'POD_NAME', 'SERVICE_BINDING_ROOT']) && !k.startsWith('CAREPLANE_') && !k.startsWith('CALLS_'))",
            message:
              'PORT, ADMIN_PORT, POD_NAME, SERVICE_BINDING_ROOT, CAREPLANE_* and CALLS_* are set by the operator',
          },
          {
            rule: String.raw`self.all(k, !self[k].contains('\u0000'))`,
            message: 'a value has a NUL, which no environment can hold',
          },
          {
            rule: "['SHUTDOWN_DELAY_MS', 'SHUTDOWN_DEADLINE_MS'].all(k, !(k in self) || self[k].matches('^[0-9]{1,6}$'))",
            message:
              'SHUTDOWN_DELAY_MS and SHUTDOWN_DEADLINE_MS are milliseconds, at most six digits: the time that pods get to end is made of them',
          },
          ...contentStoreRules,
        ),
      })
      .optional(),
    secrets: z
      .array(secret)
      .max(16)
      .meta({ description: 'Secrets that the service reads as files.', ...field.keyedBy('name') })
      .optional(),
    auditLog: auditLog.optional(),
    resources: field.resources.optional(),
    ...schedulingFields,
    slo: z
      .object({
        availability: z
          .number()
          .gt(0)
          .lt(100)
          .meta({
            description: `Percent of requests that must succeed, over 30 days. Alerts take ${String(DEFAULT_SLO.availability)} when absent.`,
          })
          .optional(),
        latencyP95: field
          .duration(
            `95 % of requests are answered within this time. Alerts take ${DEFAULT_SLO.latencyP95} when absent.`,
          )
          .optional(),
      })
      .meta({ description: 'What the users are promised; alerts and dashboards are made from it.' })
      .optional(),
    enforcement: z.enum(['Enforce', 'Shadow']).default('Enforce').meta({
      description:
        '`Enforce` lets through what the edges declare and nothing else. `Shadow` blocks nothing and lists in `status.wouldBlock` what would be blocked: for a service whose edges are not known yet.',
    }),
    rollout: z
      .object({
        deadline: z
          .string()
          .max(5)
          .regex(/^[1-9][0-9]{0,3}(s|m|h)$/)
          .meta({
            description:
              'A new revision that makes no progress for this long has failed; seconds, minutes or hours. A revision that was Ready once never fails by it.',
          })
          .default('5m'),
        automaticRollback: z.boolean().default(true).meta({
          description:
            'Whether a revision that misses its deadline, crashes, or burns the SLO in its bake time is replaced by the last one that was Ready. The spec stays as it is, and the failed revision is not tried again until the spec (or a secret that it names) changes, or the annotation `careplane.dev/retry` does. When false, it is only reported.',
        }),
      })
      .meta({ description: 'How a new version is brought in.' })
      .prefault({}),
    disruption: z
      .object({
        maxUnavailable: z
          .int()
          .min(1)
          .max(100)
          .default(1)
          .meta({ description: 'Pods that a drain or an upgrade of nodes may take away at once.' }),
      })
      .meta({ description: 'What voluntary disruptions may do.' })
      .prefault({}),
  })
  .meta({
    description: 'The service as it is wanted.',
    ...field.rules(
      {
        rule: "self.role == 'worker' || has(self.http)",
        message: 'the roles api and gateway need http; `http: {}` takes port 8080',
        fieldPath: '.http',
        reason: 'FieldValueRequired',
      },
      {
        rule: "self.role == 'gateway' || !has(self.http) || !has(self.http.expose)",
        message: 'only the role gateway may be exposed',
        fieldPath: '.http.expose',
        reason: 'FieldValueForbidden',
      },
      {
        rule: '!has(self.ports) || !has(self.http) || self.ports.all(p, p.port != self.http.port)',
        message: 'a port is the same as http.port',
        fieldPath: '.ports',
      },
      {
        rule: '!has(self.ports) || self.ports.all(p, self.ports.exists_one(q, q.port == p.port))',
        message: 'two ports have the same number',
        fieldPath: '.ports',
      },
      {
        rule: "!has(self.stores) || !self.stores.exists(s, s.store in ['internal', 'routes', 'public'])",
        message: 'the names internal, routes and public are taken by bindings of the platform',
        fieldPath: '.stores',
      },
      {
        rule: "!has(self.secrets) || !self.secrets.exists(s, s.name in ['internal', 'routes', 'public'] || (has(self.stores) && self.stores.exists(t, t.store == s.name)))",
        message:
          'a secret has the name of a store, or internal, routes or public: each is a folder below /bindings',
        fieldPath: '.secrets',
      },
      {
        rule: '!has(self.broker) || !(has(self.stores) && self.stores.exists(s, s.store == self.broker) || has(self.secrets) && self.secrets.exists(s, s.name == self.broker))',
        message: 'the broker has the name of a store or a secret: each is a folder below /bindings',
        fieldPath: '.broker',
      },
      {
        rule: 'has(self.publishes) || has(self.consumes) || !has(self.broker)',
        message: 'broker is only for services that publish or consume',
        fieldPath: '.broker',
        reason: 'FieldValueForbidden',
      },
      contentSecretRule,
    ),
  });

export const healthcareService = {
  kind: 'HealthcareService',
  plural: 'healthcareservices',
  singular: 'healthcareservice',
  shortName: 'hs',
  description:
    'One service of the platform: what it runs, whom it calls, which events it publishes and consumes, which stores it uses. The operator makes from it the Deployment, Service, ServiceAccount, ConfigMap, certificate, PodDisruptionBudget and NetworkPolicies, the users at broker and stores, and the scrape configuration.',
  spec,
  status,
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  },
  columns: [
    readyColumn,
    {
      name: 'Replicas',
      type: 'string',
      jsonPath: '.status.pods',
      description: 'Pods that are ready, of those that are wanted.',
    },
    {
      name: 'Version',
      type: 'string',
      jsonPath: '.status.version',
      description: 'Version that all pods run.',
    },
    { name: 'SLO', type: 'string', jsonPath: '.status.slo', description: 'What the users are promised.' },
    {
      name: 'Role',
      type: 'string',
      jsonPath: '.spec.role',
      description: 'What the service does.',
      priority: 1,
    },
    {
      name: 'Edges',
      type: 'string',
      jsonPath: '.status.edges',
      description: 'What it calls, publishes, consumes and stores in.',
      priority: 1,
    },
    ...commonColumns,
  ],
  example: `apiVersion: careplane.dev/v1alpha1
kind: HealthcareService
metadata: { name: appointments, namespace: clinic }
spec:
  image: localhost/careplane/appointments:0.1.0
  role: api
  dataClass: phi
  replicas: 2
  http:
    paths: [/fhir/R4/Schedule, /fhir/R4/Slot, /fhir/R4/Appointment]
  calls: [{ service: identity }]
  stores: [{ store: clinic-db }]
  publishes: [{ event: appointment.booked }]
`,
} as const satisfies KindDefinition;

export type HealthcareServiceSpec = SpecOf<typeof healthcareService>;
export type HealthcareServiceStatus = StatusOf<typeof healthcareService>;
export type HealthcareService = CustomObject<HealthcareServiceSpec, HealthcareServiceStatus>;
export const healthcareServices = resourceType<HealthcareService>(healthcareService);
