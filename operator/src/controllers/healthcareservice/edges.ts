import type { EncryptedStore } from '../../api/encryptedstore.ts';
import type { HealthcareService, HealthcareServiceSpec } from '../../api/healthcareservice.ts';
import type { MessageBroker } from '../../api/messagebroker.ts';
import type { Observed } from './observed.ts';

type Call = NonNullable<HealthcareServiceSpec['calls']>[number];

/** Where a `calls` edge leads. */
export interface CallAddress {
  service: string;
  /** Name of the port at the called service. */
  portName: string;
  port: number;
}

/** A `calls` edge whose other end is there. */
export interface ResolvedCall extends CallAddress {
  /** Path prefixes that the called service exposes through gateways. */
  paths: readonly string[];
}

/** Default of `http.port`: the best guess for a service that is not there yet. */
const DEFAULT_HTTP_PORT = 8080;

/** The declared edges held against what exists. */
export interface Edges {
  calls: ResolvedCall[];
  /** All that can be told to the container: also where a missing service will most likely be, so that it heals without a rollout. */
  addresses: CallAddress[];
  /** Services that declare a `calls` edge to this one, with the port each calls. */
  callers: { service: string; port: number }[];
  stores: EncryptedStore[];
  broker: MessageBroker | undefined;
  /** What is missing, for people. */
  dangling: string[];
  /** Names of declared stores and brokers that do not exist. */
  missingProviders: string[];
  /** Consumed events that nobody publishes: no fault, but worth a word. */
  unpublished: string[];
}

/** Resolves the edges of a service. Pure. */
export function resolveEdges(service: HealthcareService, observed: Observed): Edges {
  const { spec } = service;
  const calls = (spec.calls ?? []).map((call) => resolveCall(call, observed.services));
  const stores = (spec.stores ?? []).map(({ store }) => byName(observed.stores, store) ?? store);
  const broker = usesBroker(spec) ? resolveBroker(spec.broker, observed.brokers) : undefined;
  const missingStores = stores.filter((store) => typeof store === 'string');
  return {
    calls: calls.filter((call) => typeof call !== 'string'),
    addresses: (spec.calls ?? []).flatMap((call) => addressOf(call, observed.services)),
    callers: callersOf(service, observed.services),
    stores: stores.filter((store) => typeof store !== 'string'),
    broker: typeof broker === 'string' ? undefined : broker,
    dangling: [
      ...calls.filter((call) => typeof call === 'string'),
      ...missingStores.map((name) => `no EncryptedStore ${name}`),
      ...(typeof broker === 'string' ? [broker] : []),
    ],
    missingProviders: [...missingStores, ...(typeof broker === 'string' ? [spec.broker ?? 'a broker'] : [])],
    unpublished: unpublishedEvents(spec, observed.services),
  };
}

/** Whether a service takes part in events. */
export function usesBroker(spec: HealthcareServiceSpec): boolean {
  return (spec.publishes ?? []).length > 0 || (spec.consumes ?? []).length > 0;
}

/** The broker of a service: the named one, or the only one of the namespace; else why there is none. */
export function resolveBroker(
  name: string | undefined,
  brokers: readonly MessageBroker[],
): MessageBroker | string {
  if (name !== undefined) return byName(brokers, name) ?? `no MessageBroker ${name}`;
  const [only] = brokers;
  if (only === undefined) return 'no MessageBroker in the namespace';
  if (brokers.length === 1) return only;
  const names = brokers.map((broker) => broker.metadata.name).sort();
  return `several MessageBrokers (${names.join(', ')}): say in spec.broker which one`;
}

/** Number of a port by its name: `http`, or one of `spec.ports`. */
export function portNumber(spec: HealthcareServiceSpec, name: string): number | undefined {
  if (name === 'http') return spec.http?.port;
  return spec.ports?.find((port) => port.name === name)?.port;
}

function resolveCall(call: Call, services: readonly HealthcareService[]): ResolvedCall | string {
  const service = byName(services, call.service);
  if (service === undefined) return `no HealthcareService ${call.service}`;
  const port = portNumber(service.spec, call.port);
  if (port === undefined) return `HealthcareService ${call.service} has no port ${call.port}`;
  return { service: call.service, portName: call.port, port, paths: service.spec.http?.paths ?? [] };
}

function addressOf(call: Call, services: readonly HealthcareService[]): CallAddress[] {
  const resolved = resolveCall(call, services);
  if (typeof resolved !== 'string') return [resolved];
  const isAbsent = byName(services, call.service) === undefined;
  return isAbsent && call.port === 'http'
    ? [{ service: call.service, portName: 'http', port: DEFAULT_HTTP_PORT }]
    : [];
}

function callersOf(service: HealthcareService, services: readonly HealthcareService[]): Edges['callers'] {
  const { name } = service.metadata;
  const callers = services.flatMap((other) =>
    (other.spec.calls ?? [])
      .filter((call) => call.service === name)
      .map((call) => ({ service: other.metadata.name, port: portNumber(service.spec, call.port) })),
  );
  return callers
    .filter((caller): caller is { service: string; port: number } => caller.port !== undefined)
    .sort((a, b) => compare(a.service, b.service) || a.port - b.port);
}

function unpublishedEvents(spec: HealthcareServiceSpec, services: readonly HealthcareService[]): string[] {
  const published = new Set(
    services.flatMap((other) => (other.spec.publishes ?? []).map(({ event }) => event)),
  );
  return (spec.consumes ?? []).map(({ event }) => event).filter((event) => !published.has(event));
}

function byName<T extends { metadata: { name: string } }>(
  objects: readonly T[],
  name: string,
): T | undefined {
  return objects.find((object) => object.metadata.name === name);
}

/** Order by code points: the same on every machine, whatever its locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
