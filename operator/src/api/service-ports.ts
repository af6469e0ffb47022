import * as z from 'zod';
import * as field from './fields.ts';

/** Qualified name: an optional DNS subdomain, and a name of at most 63 characters. */
const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
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
          {
            rule: "!('service.beta.kubernetes.io/load-balancer-source-ranges' in self)",
            message: 'say it in loadBalancerSourceRanges',
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
            ...field.rules({
              rule: 'isCIDR(self) && cidr(self) == cidr(self).masked()',
              message: 'must be a CIDR without bits beyond its prefix, as 203.0.113.0/24',
            }),
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

const mode = z.enum(['Required', 'Plaintext']).default('Required').meta({
  description:
    '`Required`: the port speaks TLS and nothing else, and the address that callers get begins with `https://` (`tls://` for an extra port). `Plaintext` is for an image that cannot: whoever is on the network can read along, so a service with `dataClass: phi` is never Ready with it.',
});

/** DNS names, whose last label begins with a letter, and IPv4 addresses. */
const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const HOST = new RegExp(`^((${OCTET}\\.){3}${OCTET}|(${LABEL}\\.)*[a-z]([-a-z0-9]{0,61}[a-z0-9])?)$`);

const tls = z
  .object({
    mode,
    hosts: z
      .array(
        z
          .string()
          .min(1)
          .max(253)
          .regex(HOST)
          .meta({
            description: 'DNS name or IPv4 address.',
            ...field.rules({
              rule: "!self.endsWith('.svc') && !self.contains('.svc.')",
              message: 'names inside the cluster are those of Services, and in the certificate anyway',
            }),
          }),
      )
      .max(16)
      .meta({
        description:
          'Names and addresses by which clients outside the cluster call the gateway, for the certificate that the authority of the namespace makes.',
        ...field.SET,
      })
      .optional(),
    secretName: z
      .string()
      .min(1)
      .max(50)
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
      .meta({
        description:
          'Secret of type `kubernetes.io/tls` in the same namespace with the certificate that clients outside the cluster see, as cert-manager makes it. While it is absent or not usable, the last good certificate is shown, at first that of the authority of the namespace, and `PublicCertificateValid` says what is wrong.',
      })
      .optional(),
  })
  .meta({ description: 'Encryption of the http port.' });

/** `spec.http`. */
export const http = z
  .object({
    port: field.portNumber('Port that the container listens on, and port of the Service.').default(8080),
    paths: z
      .array(
        z
          .string()
          .max(200)
          .regex(/^(\/[A-Za-z0-9._~$-]*[A-Za-z0-9_~$-])+$/)
          .meta({
            description: 'Path prefix without a trailing slash, as `/fhir/R4/Patient`.',
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
    tls: tls.optional(),
  })
  .meta({
    description: 'The public http port. Needed by the roles `api` and `gateway`; a `worker` may go without.',
    ...field.rules(
      {
        rule: 'self.port != 9090',
        message: 'port 9090 is the admin port (health and metrics) and is never exposed: choose another',
        fieldPath: '.port',
      },
      {
        rule: '!has(self.tls) || has(self.expose) || !has(self.tls.secretName) && !has(self.tls.hosts)',
        message: 'secretName and hosts are for clients outside the platform: they need http.expose',
        fieldPath: '.tls',
        reason: 'FieldValueForbidden',
      },
      {
        rule: "!has(self.tls) || self.tls.mode != 'Plaintext' || !has(self.tls.secretName) && !has(self.tls.hosts)",
        message: 'with mode Plaintext no certificate is shown: take secretName and hosts out',
        fieldPath: '.tls',
        reason: 'FieldValueForbidden',
      },
    ),
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
  tls: z
    .object({ mode })
    .meta({
      description:
        'Encryption of the port, which the image does with the files of `/bindings/internal`, as it does on the http port.',
    })
    .optional(),
});
