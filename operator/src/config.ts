import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import { z } from 'zod';

const image = z.string().regex(/^\S+[:@]\S+$/, 'must name an image with its tag or digest');
const whole = z.coerce.number().int();
const namespaceName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a namespace');

/** Every setting of the operator: its check, its default, and what `--help` says. Each is a flag and a variable. */
const schema = z.object({
  namespaces: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((name) => name !== ''))
    .pipe(z.array(namespaceName))
    .describe('namespaces to watch, separated by commas; empty: all'),
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
    .default(150)
    .describe('a watch that says nothing for so long is begun again; readiness fails at twice that'),
  resyncSeconds: whole.min(10).default(600).describe('every object is looked at again after about this'),
  drainSeconds: whole.min(0).default(20).describe('how long a stop waits for running reconciles'),
  clusterDomain: z.string().default('cluster.local').describe('DNS domain of the cluster'),
  imagePullPolicy: z
    .enum(['Always', 'IfNotPresent', 'Never'])
    .default('IfNotPresent')
    .describe('pull policy of every image that the operator runs'),
  operatorImage: image
    .default('localhost/careplane/operator:0.1.0')
    .describe('image of the operator itself; proves in an init container that a volume is encrypted'),
  mongodbImage: image.default('localhost/careplane/mongodb:6.0').describe('image of MongoDB'),
  redisImage: image.default('localhost/careplane/redis:8.0').describe('image of Redis'),
  rabbitmqImage: image.default('localhost/careplane/rabbitmq:4.0').describe('image of RabbitMQ'),
  prometheusImage: image.default('localhost/careplane/prometheus:2.53').describe('image of Prometheus'),
  grafanaImage: z
    .union([z.literal('').transform(() => undefined), image])
    .optional()
    .describe('image of Grafana; absent: no Grafana is deployed'),
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

/** Reads flags, and `CAREPLANE_*` variables where a flag is absent. `--help` and unknown flags end the program. */
export function readSettings(argv: readonly string[], env: NodeJS.ProcessEnv): Settings {
  const command = new Command('careplane-operator')
    .description('Reconciles the careplane.dev kinds. Every flag can also be given by its variable.')
    .showHelpAfterError();
  for (const [name, field] of Object.entries(schema.shape)) command.addOption(optionOf(name, field));
  const given = command.parse([...argv], { from: 'user' }).opts<Record<string, string | undefined>>();
  const raw: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = given[name] ?? env[variableOf(name)];
    if (value !== undefined) raw[name] = value;
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new InvalidSettings(parsed.error.issues);
  const identity =
    parsed.data.identity || `${env['POD_NAME'] ?? hostname()}_${randomBytes(4).toString('hex')}`;
  return { ...parsed.data, identity };
}

/** `leaseName` -> `--lease-name`. */
function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `leaseName` -> `CAREPLANE_LEASE_NAME`. */
function variableOf(name: string): string {
  return `CAREPLANE_${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`;
}

function optionOf(name: string, field: z.ZodType): Option {
  const fallback = field.safeParse(undefined).data;
  const shown = typeof fallback === 'string' || typeof fallback === 'number' ? String(fallback) : '';
  const notes = [shown === '' ? '' : `default: ${shown}`, `env: ${variableOf(name)}`].filter(
    (note) => note !== '',
  );
  return new Option(`${flagOf(name)} <value>`, `${field.description ?? ''} (${notes.join(', ')})`);
}
