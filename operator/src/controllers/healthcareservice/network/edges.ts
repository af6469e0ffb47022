import type { EncryptedStore } from '../../../api/encryptedstore.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { MessageBroker } from '../../../api/messagebroker.ts';
import { brokerOf, byName, portNumber, resolvePort } from '../../../graph/declared.ts';
import type { Call } from '../../../graph/declared.ts';
import { danglingEnds, oneSidedEvents, unusedPorts } from '../../../graph/service-edges.ts';
import { compare } from '../../../graph/order.ts';
import { pathOwners, takenPaths, type TakenPath } from '../../../graph/paths.ts';
import { portTold } from '../workload/environment.ts';
import type { Observed } from '../observed.ts';

/** One end of a `calls` edge: the called service, or the caller, and the port that is called. */
export interface CallAddress {
  service: string;
  /** Name of the port at the called service. */
  portName: string;
  port: number;
}

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
  /**
   * All that can be told to the container: also where a missing service was, or will most likely be, so that neither its going nor its
   * coming rolls the pods of those who call it.
   */
  addresses: CallAddress[];
  /** Services that declare a `calls` edge to this one, with the port each calls. */
  callers: CallAddress[];
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

/** Resolves the edges of a service. Pure. */
export function resolveEdges(service: HealthcareService, observed: Observed): Edges {
  const { spec } = service;
  const stores = (spec.stores ?? []).map(({ store }) => byName(observed.stores, store) ?? store);
  const broker = brokerOf(spec, observed.brokers);
  const missingStores = stores.filter((store) => typeof store === 'string');
  return {
    calls: (spec.calls ?? [])
      .flatMap((call) => resolveCall(call, observed.services))
      .map(routed(service, observed)),
    addresses: (spec.calls ?? []).flatMap((call) => addressOf(call, observed)),
    callers: callersOf(service, observed.services),
    stores: stores.filter((store) => typeof store !== 'string'),
    broker: typeof broker === 'string' ? undefined : broker,
    dangling: danglingEnds(service, observed),
    missingProviders: [...missingStores, ...(typeof broker === 'string' ? [spec.broker ?? 'a broker'] : [])],
    oneSided: oneSidedEvents(service, observed),
    unused: unusedPorts(service, observed),
    takenPaths: takenPaths(service, observed.services),
  };
}

function resolveCall(call: Call, services: readonly HealthcareService[]): ResolvedCall[] {
  const port = resolvePort(call, services);
  if (typeof port === 'string') return [];
  const paths = byName(services, call.service)?.spec.http?.paths ?? [];
  return [{ service: call.service, portName: call.port, port, paths }];
}

/** Leaves each call the paths that lead there. */
function routed(
  service: HealthcareService,
  { services }: Pick<Observed, 'services'>,
): (call: ResolvedCall) => ResolvedCall {
  const owners = pathOwners(service, services);
  return (call) => ({ ...call, paths: call.paths.filter((path) => owners.get(path) === call.service) });
}

function addressOf(call: Call, { services, deployment }: Observed): CallAddress[] {
  const [resolved] = resolveCall(call, services);
  if (resolved !== undefined) return [resolved];
  const address = { service: call.service, portName: call.port };
  const told = portTold(deployment?.spec?.template?.spec.containers[0]?.env ?? [], address);
  if (told !== undefined) return [{ ...address, port: told }];
  const isAbsent = byName(services, call.service) === undefined;
  return isAbsent && call.port === 'http' ? [{ ...address, port: DEFAULT_HTTP_PORT }] : [];
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
    .filter((caller): caller is CallAddress => caller.port !== undefined)
    .sort((a, b) => compare(a.service, b.service) || a.port - b.port);
}
