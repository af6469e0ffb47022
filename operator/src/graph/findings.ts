import type { HealthcareService } from '../api/healthcareservice.ts';
import { cycles } from './cycles.ts';
import { danglingEnds, oneSidedEvents, unusedPorts } from './service-edges.ts';
import { neighboursOf, type Lookup } from './neighbours.ts';
import { nodeId, nodeName } from './node-id.ts';
import type { Declared, Finding, FindingKind, GraphEdge } from './model.ts';
import { compare } from '../k8s/order.ts';

const KINDS: readonly FindingKind[] = ['dangling', 'one-sided', 'unused', 'cycle'];

/** The declarations of one namespace and their edges. */
interface NamespaceGraph {
  namespace: string;
  declared: Declared;
  lookup: Lookup;
  edges: readonly GraphEdge[];
}

/** The findings about the edges of one namespace: the gravest kind first, then by name. */
export function findingsOf({ namespace, declared, lookup, edges }: NamespaceGraph): Finding[] {
  const findings = [
    ...declared.services.flatMap((service) =>
      ofService(namespace, service, { ...declared, services: neighboursOf(service, lookup) }),
    ),
    ...unusedProviders(namespace, declared, edges),
    ...callCycles(edges),
  ];
  return findings.sort((a, b) => compare(order(a), order(b)));
}

function ofService(namespace: string, service: HealthcareService, declared: Declared): Finding[] {
  const node = nodeId(namespace, 'service', service.metadata.name);
  const finding = (kind: FindingKind) => (message: string) => ({ kind, node, message });
  return [
    ...danglingEnds(service, declared).map(finding('dangling')),
    ...oneSidedEvents(service, declared).map(finding('one-sided')),
    ...unusedPorts(service, declared).map(finding('unused')),
  ];
}

function unusedProviders(
  namespace: string,
  { stores, brokers }: Declared,
  edges: readonly GraphEdge[],
): Finding[] {
  const used = new Set(edges.map(({ to }) => to));
  const ids = [
    ...stores.map(({ metadata }) => ({
      id: nodeId(namespace, 'store', metadata.name),
      verb: 'stores in it',
    })),
    ...brokers.map(({ metadata }) => ({
      id: nodeId(namespace, 'broker', metadata.name),
      verb: 'publishes or consumes through it',
    })),
  ];
  return ids
    .filter(({ id }) => !used.has(id))
    .map(({ id, verb }) => ({ kind: 'unused', node: id, message: `nobody ${verb}` }));
}

function callCycles(edges: readonly GraphEdge[]): Finding[] {
  return cycles(edges.filter(({ kind }) => kind === 'calls')).map((members) => ({
    kind: 'cycle',
    node: members[0] ?? '',
    message: `calls go in a circle among ${members.map(nodeName).join(', ')}`,
  }));
}

function order({ kind, node, message }: Finding): string {
  return [KINDS.indexOf(kind), node, message].join('\0');
}
