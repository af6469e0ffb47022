import type { EncryptedStore } from '../../../api/encryptedstore.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { MessageBroker } from '../../../api/messagebroker.ts';
import { brokerOf, byName, portNumber, resolvePort, type Call } from '../../../graph/declared.ts';
import { danglingEnds, oneSidedEvents, unusedPorts } from '../../../graph/service-edges.ts';
import { compare } from '../../../k8s/order.ts';
import { pathOwners, takenPaths, type TakenPath } from '../../../graph/paths.ts';
import type { Declared } from '../../../graph/model.ts';
import type { Deployment } from '../../../k8s/types.ts';
import { addressTold, isEncrypted, schemeOf, type CallAddress, type CallEnd } from './call-address.ts';

/** A `calls` edge whose other end is there. */
export interface ResolvedCall extends CallAddress {
  /** Path prefixes that the called service exposes through gateways, and that this one, if it is one, sends to it. */
  paths: readonly string[];
}

/** Default of `http.port`: the best guess for a service that is not there yet. */
const DEFAULT_HTTP_PORT = 8080;

/** The declared edges held against what exists. */
export interface Edges {
  calls: ResolvedCall[];
  /** Addresses in the container's environment, also of missing services: their creation or deletion rolls no pods. */
  addresses: CallAddress[];
  /** Services that declare a `calls` edge to this one, with the port each calls. */
  callers: CallEnd[];
  stores: EncryptedStore[];
  broker: MessageBroker | undefined;
  /** What is missing, for people. */
  dangling: string[];
  /** Names of declared stores and brokers that do not exist. */
  missingProviders: string[];
  /** Events that nobody publishes or nobody consumes: no fault, but worth a word. */
  oneSided: string[];
  /** Ports that nobody calls, likewise. */
  unused: string[];
  /** Paths of the service that an older one has behind the same gateway. */
  takenPaths: TakenPath[];
}

/** Resolves the edges of a service among its neighbours; `deployment` has the addresses that its pods were given. Pure. */
export function resolveEdges(
  service: HealthcareService,
  neighbours: Declared,
  deployment: Deployment | undefined,
): Edges {
  const { spec } = service;
  const { services } = neighbours;
  const stores = (spec.stores ?? []).map(({ store }) => byName(neighbours.stores, store) ?? store);
  const broker = brokerOf(spec, neighbours.brokers);
  const missingStores = stores.filter((store) => typeof store === 'string');
  return {
    calls: (spec.calls ?? []).flatMap((call) => resolveCall(call, services)).map(routed(service, services)),
    addresses: (spec.calls ?? []).flatMap((call) => addressOf(call, services, deployment)),
    callers: callersOf(service, services),
    stores: stores.filter((store) => typeof store !== 'string'),
    broker: typeof broker === 'string' ? undefined : broker,
    dangling: danglingEnds(service, neighbours),
    missingProviders: [...missingStores, ...(typeof broker === 'string' ? [spec.broker ?? 'a broker'] : [])],
    oneSided: oneSidedEvents(service, neighbours),
    unused: unusedPorts(service, neighbours),
    takenPaths: takenPaths(service, services),
  };
}

function resolveCall(call: Call, services: readonly HealthcareService[]): ResolvedCall[] {
  const port = resolvePort(call, services);
  if (typeof port === 'string') return [];
  const called = byName(services, call.service)?.spec;
  const scheme = schemeOf(call.port, called === undefined || isEncrypted(called, call.port));
  return [{ service: call.service, portName: call.port, port, scheme, paths: called?.http?.paths ?? [] }];
}

/** Leaves each call the paths that lead there. */
function routed(
  service: HealthcareService,
  services: readonly HealthcareService[],
): (call: ResolvedCall) => ResolvedCall {
  const owners = pathOwners(service, services);
  return (call) => ({ ...call, paths: call.paths.filter((path) => owners.get(path) === call.service) });
}

function addressOf(
  call: Call,
  services: readonly HealthcareService[],
  deployment: Deployment | undefined,
): CallAddress[] {
  const [resolved] = resolveCall(call, services);
  if (resolved !== undefined) return [resolved];
  const address = { service: call.service, portName: call.port };
  const told = addressTold(deployment?.spec?.template?.spec.containers[0]?.env ?? [], address);
  if (told !== undefined) return [told];
  const isAbsent = byName(services, call.service) === undefined;
  return isAbsent && call.port === 'http' ? [{ ...address, scheme: 'https', port: DEFAULT_HTTP_PORT }] : [];
}

function callersOf(service: HealthcareService, services: readonly HealthcareService[]): Edges['callers'] {
  const { name } = service.metadata;
  const callers = services.flatMap((other) =>
    (other.spec.calls ?? [])
      .filter((call) => call.service === name)
      .map((call) => ({
        service: other.metadata.name,
        portName: call.port,
        port: portNumber(service.spec, call.port),
      })),
  );
  return callers
    .filter((caller): caller is CallEnd => caller.port !== undefined)
    .sort((a, b) => compare(a.service, b.service) || a.port - b.port);
}
