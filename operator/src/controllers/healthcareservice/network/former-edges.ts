import { LABEL } from '../../../api/group.ts';
import type { EncryptedStore } from '../../../api/encryptedstore.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { MessageBroker } from '../../../api/messagebroker.ts';
import type { Declared } from '../../../graph/model.ts';
import { byPodCalls, podEdges, serviceOf, type NamedCall } from '../../../graph/pod-edges.ts';
import { compare } from '../../../k8s/order.ts';
import { hasEnded } from '../../../k8s/pods.ts';
import { pods, type Pod } from '../../../k8s/types.ts';
import type { Cache } from '../../../runtime/controller.ts';
import type { Edges } from './edges.ts';

/** Edges that pods still have and specs no more: the network lets them through until those pods are gone. */
export interface FormerEdges {
  calls: readonly NamedCall[];
  callers: readonly NamedCall[];
  stores: readonly EncryptedStore[];
  brokers: readonly MessageBroker[];
}

export const NO_FORMER_EDGES: FormerEdges = { calls: [], callers: [], stores: [], brokers: [] };

/** The edges of a service with those callers, too, whose former pods still call. */
export function withFormerCallers(
  edges: Edges,
  { callers }: FormerEdges,
): Pick<Edges, 'calls'> & { callers: readonly NamedCall[] } {
  return { ...edges, callers: [...edges.callers, ...callers] };
}

/** Reads the pods of the service and those that were made to call it, draining ones too. */
export function observeFormerEdges(
  service: HealthcareService,
  { neighbours, edges }: { neighbours: Declared; edges: Edges },
  cache: Cache,
): FormerEdges {
  const { name, namespace = '' } = service.metadata;
  const own = cache.list(pods, namespace, { [LABEL.service]: name }).filter((pod) => !hasEnded(pod));
  return formerEdges(
    service,
    { own, calling: cache.byIndex(byPodCalls, name, namespace) },
    { neighbours, edges },
  );
}

/** Pure. */
export function formerEdges(
  { metadata: { name } }: HealthcareService,
  { own, calling }: { own: readonly Pod[]; calling: readonly Pod[] },
  { neighbours, edges }: { neighbours: Declared; edges: Edges },
): FormerEdges {
  const made = own.map(podEdges);
  const providers = new Set(made.flatMap((pod) => pod.providers));
  return {
    calls: undeclared(
      made.flatMap(({ calls }) => calls),
      edges.calls,
    ),
    callers: undeclared(
      calling.flatMap((pod) => callsTo(name, pod)),
      edges.callers,
    ),
    stores: neighbours.stores.filter((store) => isFormer(store, providers, edges.stores)),
    brokers: neighbours.brokers.filter((broker) =>
      isFormer(broker, providers, edges.broker === undefined ? [] : [edges.broker]),
    ),
  };
}

/** Who calls, and which port. */
function callsTo(called: string, pod: Pod): NamedCall[] {
  return podEdges(pod)
    .calls.filter(({ service }) => service === called)
    .map(({ portName }) => ({ service: serviceOf(pod), portName }));
}

function undeclared(calls: readonly NamedCall[], declared: readonly NamedCall[]): NamedCall[] {
  const known = new Set(declared.map(idOf));
  const former = calls.filter((call) => !known.has(idOf(call)));
  return [...new Map(former.map((call) => [idOf(call), call])).values()].sort((a, b) =>
    compare(idOf(a), idOf(b)),
  );
}

function idOf({ service, portName }: NamedCall): string {
  return `${service} ${portName}`;
}

type Provider = Pick<EncryptedStore | MessageBroker, 'metadata'>;

function isFormer({ metadata }: Provider, used: ReadonlySet<string>, declared: readonly Provider[]): boolean {
  return used.has(metadata.name) && !declared.some((other) => other.metadata.name === metadata.name);
}
