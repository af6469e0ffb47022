import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { healthcareServices, type HealthcareService } from '@careplane/operator/api/healthcareservice';
import { secrets } from '@careplane/operator/k8s/types';
import type { Cluster } from '../cluster.ts';
import { Failure } from '../failure.ts';
import { connect } from '../cluster.ts';
import type { ClusterOptions } from '../kubeconfig.ts';
import type { Terminal } from '../terminal.ts';
import type { GatewayAddress } from './gateway.ts';

/** How a clinic is administered from outside: its gateway, and the secret that makes one an administrator. */
export interface Entrance extends GatewayAddress {
  readonly secret: string;
}

/** What a user may say about where the clinic is. */
export interface EntranceOptions {
  readonly url?: string;
  readonly ca?: string;
}

/** The entry of the Secret by which the client `careplane-admin` authenticates. */
const ENTRY = 'adminClientSecret';

/** Finds the entrance of the clinic in the namespace: by flags, by the environment, else by what its services declare. */
export async function findEntrance(
  cluster: Pick<Cluster, 'client' | 'namespace'>,
  options: EntranceOptions,
  env: Terminal['env'],
): Promise<Entrance> {
  const services = await cluster.client.list(healthcareServices, { namespace: cluster.namespace });
  const gateway = await addressIn(cluster, services, said(options, env));
  return { ...gateway, secret: await readSecret(cluster, services) };
}

/** Finds the gateway of a clinic. The cluster is asked only for what neither flags nor the environment say: an auditor has none. */
export async function findGateway(
  options: ClusterOptions & EntranceOptions,
  terminal: Terminal,
): Promise<GatewayAddress> {
  const { url, ca } = said(options, terminal.env);
  if (url !== undefined) {
    const own = ca === undefined ? [] : [await readFile(ca, 'utf8')];
    return { url: withoutSlash(url), authorities: [...rootCertificates, ...own] };
  }
  const cluster = await connect(options, terminal);
  try {
    const services = await cluster.client.list(healthcareServices, { namespace: cluster.namespace });
    return await addressIn(cluster, services, { url, ca });
  } finally {
    await cluster.close();
  }
}

interface Said {
  readonly url: string | undefined;
  /** A file. */
  readonly ca: string | undefined;
}

function said({ url, ca }: EntranceOptions, env: Terminal['env']): Said {
  return { url: url ?? env['GATEWAY_URL'], ca: ca ?? env['GATEWAY_CA'] };
}

async function addressIn(
  cluster: Pick<Cluster, 'client' | 'namespace'>,
  services: readonly HealthcareService[],
  { url = publicUrl(services), ca }: Said,
): Promise<GatewayAddress> {
  if (url === undefined) throw new Failure(noAddress(cluster.namespace));
  const own = ca === undefined ? await ownAuthority(cluster, services) : [await readFile(ca, 'utf8')];
  return { url: withoutSlash(url), authorities: [...rootCertificates, ...own] };
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '');
}

function publicUrl(services: readonly HealthcareService[]): string | undefined {
  return services.map(({ spec }) => spec.config?.['PUBLIC_URL']).find((url) => url !== undefined);
}

function noAddress(namespace: string): string {
  return `no HealthcareService of the namespace ${namespace} has PUBLIC_URL in its config: choose another namespace with -n, or name the gateway's address with --url`;
}

/** The authority that signed the gateway's certificate, where no public one has. */
async function ownAuthority(
  { client, namespace }: Pick<Cluster, 'client' | 'namespace'>,
  services: readonly HealthcareService[],
): Promise<string[]> {
  const gateway = services.find(({ spec }) => spec.role === 'gateway');
  if (gateway === undefined) return [];
  const data = await secretData(client, { namespace, name: `${gateway.metadata.name}.internal` });
  return data?.['ca.crt'] === undefined ? [] : [data['ca.crt']];
}

async function readSecret(
  { client, namespace }: Pick<Cluster, 'client' | 'namespace'>,
  services: readonly HealthcareService[],
): Promise<string> {
  const names = services.flatMap(({ spec }) =>
    (spec.secrets ?? []).filter(({ generate = [] }) => generate.includes(ENTRY)).map(({ name }) => name),
  );
  for (const name of names) {
    const found = (await secretData(client, { namespace, name }))?.[ENTRY];
    if (found !== undefined) return found;
  }
  throw new Failure(
    `no Secret of the namespace ${namespace} has ${ENTRY} yet: wait until identity is Ready (careplane status -n ${namespace})`,
  );
}

async function secretData(
  client: Cluster['client'],
  { namespace, name }: { namespace: string; name: string },
): Promise<Record<string, string> | undefined> {
  const secret = await client.get(secrets, { namespace, name });
  if (secret === undefined) return undefined;
  const entries = Object.entries(secret.data ?? {});
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}
