import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import * as z from 'zod';
import { VERSION_PATTERN } from './api/encryptedstore.ts';
import { describe } from './runtime/errors.ts';
import { DEFAULT_DNS_SERVERS, dnsServersIn, type DnsServer } from './k8s/dns-servers.ts';

const image = z.string().regex(/^\S+[:@]\S+$/, 'must name an image with its tag or digest');
/** `8.0=mongo:8.0,7.0=mongo:7.0`: images by the versions that stores may name. */
const versions = z
  .string()
  .default('')
  .transform((text): Record<string, string> => {
    const entries = text.split(',').filter((entry) => entry !== '');
    return Object.fromEntries(
      entries.map((entry) => /^([^=]*)=?(.*)$/.exec(entry)?.slice(1) as [string, string]),
    );
  })
  .pipe(z.record(z.string().regex(VERSION_PATTERN, 'must name versions, as 8.0=image'), image));
const whole = z.coerce.number().int();
const WEEK_SECONDS = 604_800;
const namespaceName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a namespace');
const secretName = z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'must be the name of a Secret');

/** One requirement of a label selector: `a`, `!a`, `a=b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`. */
const REQUIREMENT = /^(!?[\w./-]+|[\w./-]+\s*(==?|!=)\s*[\w.-]*|[\w./-]+\s+(in|notin)\s+\([\w.,\s-]*\))$/;
const labelSelector = z
  .string()
  .refine(
    (text) =>
      text === '' || text.split(/,(?![^(]*\))/).every((requirement) => REQUIREMENT.test(requirement.trim())),
    'must be a label selector, as in kubectl -l',
  );

/** Every setting of the operator: its check, its default, and what `--help` says. Each is a flag and a variable. */
const schema = z.object({
  namespaces: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((name) => name !== ''))
    .pipe(z.array(namespaceName))
    .describe('namespaces to watch, separated by commas; empty: all'),
  namespaceSelector: labelSelector
    .default('')
    .describe('label selector over namespaces: this operator works on those only; empty: all'),
  kubeconfig: z.string().optional().describe('kubeconfig file; absent: the ServiceAccount of the pod'),
  leaseNamespace: namespaceName.default('careplane-system').describe('namespace of the Lease'),
  leaseName: z.string().default('careplane-operator').describe('name of the Lease that elects the leader'),
  identity: z.string().default('').describe('who we are in the Lease; empty: host name and random letters'),
  concurrency: whole.min(1).max(200).default(10).describe('reconciles at once, for each kind'),
  bindAddress: z.string().optional().describe('address of /livez, /readyz and /metrics; absent: all'),
  port: whole.min(0).max(65_535).default(9090).describe('port of /livez, /readyz and /metrics'),
  logLevel: z.enum(['error', 'warn', 'info', 'debug']).default('info').describe('least severe level to log'),
  watchSilenceSeconds: whole
    .min(5)
    .max(WEEK_SECONDS)
    .default(150)
    .describe('a watch that says nothing for so long is begun again'),
  resyncSeconds: whole
    .min(10)
    .max(WEEK_SECONDS)
    .default(600)
    .describe('every object is looked at again after about this'),
  removalGraceSeconds: whole
    .min(0)
    .max(31_536_000)
    .default(86_400)
    .describe('users, queues, bindings and credentials of a service that is gone are removed after this'),
  otlpEndpoint: z
    .union([z.literal(''), z.url({ protocol: /^https?$/ })])
    .default('')
    .describe('OpenTelemetry collector (OTLP over HTTP) that traces go to; empty: none'),
  drainSeconds: whole.min(0).max(3_600).default(20).describe('how long a stop waits for running reconciles'),
  clusterDomain: z.string().default('cluster.local').describe('DNS domain of the cluster'),
  dnsServers: z
    .string()
    .default(DEFAULT_DNS_SERVERS)
    .transform((text, context): DnsServer[] => {
      try {
        return dnsServersIn(text);
      } catch (error) {
        context.addIssue(describe(error));
        return z.NEVER;
      }
    })
    .describe(
      'what resolves names, which pods may reach: namespace/label=value:port or address/bits:port, separated by commas; absent: ' +
        'kube-dns, NodeLocal DNSCache, OpenShift, Cloud DNS',
    ),
  apiServerPorts: z
    .string()
    .default('443,6443,8443')
    .transform((text): unknown[] => text.split(','))
    .pipe(z.array(whole.min(1).max(65_535)))
    .describe(
      'ports at which the API server answers behind its Service, separated by commas; absent: 443,6443,8443',
    ),
  imagePullSecrets: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((name) => name !== ''))
    .pipe(z.array(secretName))
    .describe(
      'Secrets with which the images of engines and services are pulled, in the namespace of each, separated by commas; empty: none',
    ),
  nodePortRange: z
    .string()
    .regex(/^[0-9]{1,5}-[0-9]{1,5}$/, 'must be two ports with a hyphen between')
    .default('30000-32767')
    .describe('ports of the nodes that Services can have (--service-node-port-range of the API server)'),
  imagePullPolicy: z
    .enum(['Always', 'IfNotPresent', 'Never'])
    .default('IfNotPresent')
    .describe('pull policy of every image that the operator runs'),
  priorityClassPrefix: z
    .string()
    .regex(/^([a-z0-9]([-a-z0-9]*))?$/, 'must be the beginning of a name')
    .default('')
    .describe(
      'what comes before gateway, api, worker and store in the names of the priority classes; empty: pods get none',
    ),
  mongodbImage: image.default('localhost/careplane/mongodb:6.0').describe('image of MongoDB'),
  mongodbVersions: versions.describe(
    'images of more versions of MongoDB that stores may name, separated by commas: 8.0=mongo:8.0; empty: none but the one above',
  ),
  redisImage: image.default('localhost/careplane/redis:8.0').describe('image of Redis'),
  redisVersions: versions.describe('the same of Redis; empty: none but the one above'),
  rabbitmqImage: image.default('localhost/careplane/rabbitmq:4.0').describe('image of RabbitMQ'),
  rabbitmqVersions: versions.describe(
    'images of versions of RabbitMQ that brokers may name, separated by commas: 4.1=rabbitmq:4.1; empty: none',
  ),
  prometheusImage: image.default('localhost/careplane/prometheus:2.53').describe('image of Prometheus'),
  grafanaImage: z
    .union([z.literal('').transform(() => undefined), image])
    .optional()
    .describe('image of Grafana; absent: no Grafana is deployed'),
  webhookPort: whole
    .min(0)
    .max(65_535)
    .default(0)
    .describe('port of the admission and conversion webhooks, which need a Service in front; 0: none'),
  webhookService: z
    .string()
    .default('careplane-webhook')
    .describe('Service, in the namespace of the Lease, by which the API server reaches the webhooks'),
  webhookConfiguration: z
    .string()
    .default('careplane-operator')
    .describe('ValidatingWebhookConfiguration to fill in; it has to exist'),
  observabilityDir: z
    .string()
    .default('/app/observability')
    .describe('folder with the dashboards and rules that stacks get'),
});

export type Settings = z.infer<typeof schema>;

/** Arguments or variables that do not fit; the message names the flag. */
export class InvalidSettings extends Error {
  constructor(issues: readonly z.core.$ZodIssue[]) {
    super(issues.map(({ path, message }) => `${flagOf(String(path[0]))}: ${message}`).join('\n'));
    this.name = 'InvalidSettings';
  }
}

/** The settings as they may stand in a log: a collector's address may have a password in it. */
export function withoutCredentials(settings: Settings): Settings {
  return { ...settings, otlpEndpoint: settings.otlpEndpoint.replace(/:\/\/[^/]*@/, '://') };
}

/** Reads flags, and `CAREPLANE_*` variables where a flag is absent. `--help` and unknown flags end the program. */
export function readSettings(argv: readonly string[], env: NodeJS.ProcessEnv): Settings {
  const command = new Command('careplane-operator')
    .description(
      'Reconciles the careplane.dev kinds. Every flag can also be given by its variable. With migrate-storage as its first argument it ' +
        'moves all objects to the storage version of their CRD instead, and ends.',
    )
    .usage('[migrate-storage] [options]')
    .showHelpAfterError();
  for (const [name, field] of Object.entries(schema.shape)) command.addOption(optionOf(name, field));
  const given = command.parse([...argv], { from: 'user' }).opts<Record<string, string | undefined>>();
  const raw: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = given[name] ?? env[variableOf(name)] ?? env[SHARED_VARIABLES[name] ?? ''];
    if (value !== undefined) raw[name] = value;
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new InvalidSettings(parsed.error.issues);
  const identity =
    parsed.data.identity || `${env['POD_NAME'] ?? hostname()}_${randomBytes(4).toString('hex')}`;
  return { ...parsed.data, identity };
}

/** Variables that mean the same to every program, read when ours are absent. */
const SHARED_VARIABLES: Record<string, string | undefined> = { otlpEndpoint: 'OTEL_EXPORTER_OTLP_ENDPOINT' };

/** `leaseName` -> `--lease-name`. */
function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `leaseName` -> `CAREPLANE_LEASE_NAME`. */
function variableOf(name: string): string {
  return `CAREPLANE_${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`;
}

/** A flag as people are told of it. */
export interface FlagDescription {
  flag: string;
  variable: string;
  /** Empty: there is none. */
  fallback: string;
  description: string;
}

/** Every flag, in the order of `--help`. */
export function describeFlags(): FlagDescription[] {
  return Object.entries(schema.shape).map(([name, field]) => describeFlag(name, field));
}

function describeFlag(name: string, field: z.ZodType): FlagDescription {
  const fallback = field.safeParse(undefined).data;
  const shown = typeof fallback === 'string' || typeof fallback === 'number' ? String(fallback) : '';
  const { description = '' } = field;
  return { flag: flagOf(name), variable: variableOf(name), fallback: shown, description };
}

function optionOf(name: string, field: z.ZodType): Option {
  const { flag, variable, fallback, description } = describeFlag(name, field);
  const notes = [fallback === '' ? '' : `default: ${fallback}`, `env: ${variable}`].filter(
    (note) => note !== '',
  );
  return new Option(`${flag} <value>`, `${description} (${notes.join(', ')})`);
}
