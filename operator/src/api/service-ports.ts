import { z } from 'zod';
import * as field from './fields.ts';

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
  })
  .meta({
    description:
      'Opens the http port to callers that are no services of the platform. Only for the role `gateway`.',
    ...field.rules({
      rule: "!has(self.nodePort) || self.type == 'NodePort'",
      message: 'nodePort needs type NodePort',
      fieldPath: '.nodePort',
    }),
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
