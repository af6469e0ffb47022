import { SYSTEM_NAMESPACE, list, type Resource } from '../../src/cluster.ts';

/** The resource that a pod belongs to. Pods without one have no declared connections. */
export interface Party {
  namespace: string;
  kind: 'service' | 'store' | 'broker' | 'observability' | 'operator' | 'dns' | 'stranger';
  name: string;
}

interface ServiceSpec {
  http?: { port: number; expose?: object };
  ports?: { name: string; port: number }[];
  calls?: { service: string; port: string }[];
  stores?: { store: string }[];
  publishes?: object[];
  consumes?: object[];
  auditLog?: object;
}

/** The connections that the clinic's resources declare. Read from the resources, not from their NetworkPolicies. */
export interface Declarations {
  services: Map<string, ServiceSpec>;
  engines: Map<string, string>;
}

const ADMIN = 9090;
const ENGINE: Record<string, number> = { mongodb: 27017, redis: 6379 };
const BROKER = { amqp: 5671, management: 15671, metrics: 15692, members: [4369, 25672] };
/** The API server is not a pod: a policy that allows it allows these ports of any address. */
const API = [443, 6443];
const DNS = 53;
/** The operator's webhook port: open to any source, for the API server. */
const WEBHOOKS = 9443;

export async function readDeclarations(namespace: string): Promise<Declarations> {
  const [services, stores] = await Promise.all([
    list('healthcareservices', '-n', namespace),
    list('encryptedstores', '-n', namespace),
  ]);
  return {
    services: new Map(services.map(({ metadata, spec }) => [metadata.name, (spec ?? {}) as ServiceSpec])),
    engines: new Map(stores.map(({ metadata, spec }) => [metadata.name, String(spec?.['engine'])])),
  };
}

export function partyOf({ metadata }: Resource): Party {
  const { namespace, labels = {} } = metadata;
  for (const kind of ['service', 'store', 'broker', 'observability'] as const) {
    const name = labels[`careplane.dev/${kind}`];
    if (name !== undefined) return { namespace, kind, name };
  }
  if (namespace === SYSTEM_NAMESPACE && labels['app.kubernetes.io/name'] === 'careplane-operator')
    return { namespace, kind: 'operator', name: 'operator' };
  if (namespace === 'kube-system' && labels['k8s-app'] === 'kube-dns')
    return { namespace, kind: 'dns', name: 'dns' };
  return { namespace, kind: 'stranger', name: metadata.name };
}

/** The Careplane resource of a pod, as `kind/name`. */
export function workloadOf(pod: Resource): string {
  const { kind, name } = partyOf(pod);
  return `${kind}/${name}`;
}

const KINDS: Record<string, Party['kind']> = {
  HealthcareService: 'service',
  EncryptedStore: 'store',
  MessageBroker: 'broker',
  ObservabilityStack: 'observability',
};

/**
 * The Careplane resources of a namespace that always have a pod, as `kind/name`: all but those that may be scaled to
 * zero.
 */
export function alwaysThere(resources: readonly Resource[]): string[] {
  const mayBeNone = new Set(
    resources
      .filter(({ kind, spec }) => kind === 'ScalingPolicy' && spec?.['min'] === 0)
      .map(({ spec }) => (spec?.['target'] as { service: string }).service),
  );
  return resources
    .filter(({ metadata, spec }) => metadata.deletionTimestamp === undefined && spec?.['replicas'] !== 0)
    .filter(({ kind, metadata }) => kind !== 'HealthcareService' || !mayBeNone.has(metadata.name))
    .flatMap(({ kind, metadata }) => (KINDS[kind] === undefined ? [] : [`${KINDS[kind]}/${metadata.name}`]));
}

/** Whether a connection is declared at its source and at its destination. */
export function isDeclared(all: Declarations, from: Party, to: Party, port: number): boolean {
  return mayLeave(all, from, to, port) && mayEnter(all, from, to, port);
}

function isOpen({ kind }: Party): boolean {
  return kind === 'stranger' || kind === 'dns';
}

function mayLeave(all: Declarations, from: Party, to: Party, port: number): boolean {
  if (isOpen(from) || (to.kind === 'dns' && port === DNS)) return true;
  switch (from.kind) {
    case 'operator':
      return (
        API.includes(port) ||
        ['store', 'broker', 'observability'].includes(to.kind) ||
        port === operatorPort(all, to)
      );
    case 'observability':
      return API.includes(port) || isScraped(from, to, port);
    default:
      return isEdge(all, from, to, port);
  }
}

function mayEnter(all: Declarations, from: Party, to: Party, port: number): boolean {
  if (isOpen(to)) return true;
  if (isScraped(from, to, port) || (to.kind === 'operator' && port === WEBHOOKS)) return true;
  if (from.kind === 'operator') return port === operatorPort(all, to);
  if (to.kind === 'service' && isExposed(all, to, port)) return true;
  return isEdge(all, from, to, port);
}

function isExposed(all: Declarations, { name }: Party, port: number): boolean {
  const http = all.services.get(name)?.http;
  return http?.expose !== undefined && http.port === port;
}

/** The port on which the operator configures or queries an engine, or reads a service's log. */
function operatorPort(all: Declarations, to: Party): number | undefined {
  if (to.kind === 'store') return ENGINE[all.engines.get(to.name) ?? ''];
  if (to.kind === 'broker') return BROKER.management;
  if (to.kind === 'service') return all.services.get(to.name)?.auditLog === undefined ? undefined : ADMIN;
  return to.kind === 'observability' ? ADMIN : undefined;
}

function isScraped(from: Party, to: Party, port: number): boolean {
  if (from.kind !== 'observability') return false;
  if (to.kind === 'operator') return port === ADMIN;
  if (to.namespace !== from.namespace) return false;
  return (to.kind === 'service' && port === ADMIN) || (to.kind === 'broker' && port === BROKER.metrics);
}

/** The edges that a service declares, and those between the members of one engine. */
function isEdge(all: Declarations, from: Party, to: Party, port: number): boolean {
  if (from.namespace !== to.namespace) return false;
  if (from.kind === to.kind && from.name === to.name) return isBetweenMembers(all, to, port);
  return from.kind === 'service' && isServicesEdge(all, all.services.get(from.name) ?? {}, to, port);
}

function isBetweenMembers(all: Declarations, { kind, name }: Party, port: number): boolean {
  if (kind === 'broker') return BROKER.members.includes(port);
  return kind === 'store' && all.engines.get(name) === 'mongodb' && port === ENGINE['mongodb'];
}

function isServicesEdge(all: Declarations, spec: ServiceSpec, to: Party, port: number): boolean {
  if (to.kind === 'service') return calls(all, spec, to.name).includes(port);
  if (to.kind === 'store') return uses(spec, to.name) && port === ENGINE[all.engines.get(to.name) ?? ''];
  return to.kind === 'broker' && port === BROKER.amqp && takesPartInEvents(spec);
}

function calls(all: Declarations, { calls = [] }: ServiceSpec, name: string): (number | undefined)[] {
  return calls
    .filter(({ service }) => service === name)
    .map(({ port }) => portOf(all.services.get(name), port));
}

function uses({ stores = [] }: ServiceSpec, name: string): boolean {
  return stores.some(({ store }) => store === name);
}

function takesPartInEvents({ publishes = [], consumes = [] }: ServiceSpec): boolean {
  return publishes.length + consumes.length > 0;
}

function portOf(spec: ServiceSpec | undefined, name: string): number | undefined {
  return name === 'http' ? spec?.http?.port : spec?.ports?.find((port) => port.name === name)?.port;
}
