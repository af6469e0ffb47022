import { z } from 'zod';
import * as field from './fields.ts';

/** Qualified name: an optional DNS subdomain, and a name of at most 63 characters. */
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const ANNOTATION = `^(${LABEL}([.]${LABEL})*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`;

const expose = z
  .object({
    type: z
      .enum(['ClusterIP', 'NodePort', 'LoadBalancer'])
      .default('ClusterIP')
      .meta({ description: 'Type of the Service, which decides from where the gateway can be reached.' }),
    nodePort: z
      .int()
      .min(1)
      .max(65535)
      .meta({ description: "Port on every node, inside the cluster's range; any free one when absent." })
      .optional(),
    annotations: z
      .record(z.string(), z.string().max(1024))
      .meta({
        description:
          'Annotations of the Service, by which load balancers of clouds and controllers for DNS names are told what to do.',
        maxProperties: 16,
        ...field.rules(
          {
            rule: `self.all(k, k.matches('${ANNOTATION}') && k.size() <= 253)`,
            message: 'keys are names of annotations, as example.com/name',
          },
          {
            rule: "self.all(k, !k.contains('careplane.dev/'))",
            message: 'annotations of careplane.dev are set by the operator',
          },
        ),
      })
      .optional(),
    loadBalancerSourceRanges: z
      .array(
        z
          .string()
          .max(43)
          .meta({
            description: 'As `203.0.113.0/24` or `2001:db8::/32`.',
            ...field.rules({ rule: 'isCIDR(self)', message: 'must be a CIDR, as 203.0.113.0/24' }),
          }),
      )
      .max(64)
      .meta({
        description: 'Addresses that the load balancer lets in; all when absent. Only for type LoadBalancer.',
        ...field.SET,
      })
      .optional(),
    externalTrafficPolicy: z
      .enum(['Cluster', 'Local'])
      .meta({
        description:
          '`Local` keeps the address of the client and reaches only pods of the node that a request comes to; `Cluster`, the default, reaches all. Only for the types NodePort and LoadBalancer.',
      })
      .optional(),
  })
  .meta({
    description:
      'Opens the http port to callers that are no services of the platform. Only for the role `gateway`.',
    ...field.rules(
      {
        rule: "!has(self.nodePort) || self.type == 'NodePort'",
        message: 'nodePort needs type NodePort',
        fieldPath: '.nodePort',
      },
      {
        rule: "!has(self.loadBalancerSourceRanges) || self.type == 'LoadBalancer'",
        message: 'loadBalancerSourceRanges needs type LoadBalancer',
        fieldPath: '.loadBalancerSourceRanges',
      },
      {
        rule: "!has(self.externalTrafficPolicy) || self.type != 'ClusterIP'",
        message: 'externalTrafficPolicy needs type NodePort or LoadBalancer',
        fieldPath: '.externalTrafficPolicy',
      },
    ),
  });

/** `spec.http`. */
export const http = z
  .object({
    port: field.portNumber('Port that the container listens on, and port of the Service.').default(8080),
    paths: z
      .array(
        z
          .string()
          .max(200)
          .regex(/^(\/[A-Za-z0-9._~-]*[A-Za-z0-9_~-])+$/)
          .meta({
            description: 'Path prefix without a trailing slash, as `/v1/patients`.',
            ...field.rules({
              rule: "self != '/internal' && !self.startsWith('/internal/')",
              message: 'paths under /internal are for services only and are never exposed',
            }),
          }),
      )
      .max(32)
      .meta({
        description:
          'Path prefixes that gateways which call this service route to it; the longest prefix wins. Paths under `/internal` are never exposed.',
        ...field.SET,
      })
      .optional(),
    expose: expose.optional(),
  })
  .meta({
    description: 'The public http port. Needed by the roles `api` and `gateway`; a `worker` may go without.',
    ...field.rules({
      rule: 'self.port != 9090',
      message: 'port 9090 is the admin port (health and metrics) and is never exposed: choose another',
      fieldPath: '.port',
    }),
  });

/** One of `spec.ports`. */
export const extraPort = z.object({
  name: field.portName('Name of the port, by which `calls[].port` refers to it.').meta(
    field.rules({
      rule: "!(self in ['http', 'metrics'])",
      message: 'the names http and metrics are taken by the http port and the admin port',
    }),
  ),
  port: field.portNumber('TCP port that the container listens on.').meta(
    field.rules({
      rule: 'self != 9090',
      message: 'port 9090 is the admin port (health and metrics) and is never exposed: choose another',
    }),
  ),
});
