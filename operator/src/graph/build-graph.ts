import type { HealthcareService } from '../api/healthcareservice.ts';
import { resolveBroker, resolvePort, usesBroker } from './declared.ts';
import { findingsOf } from './findings.ts';
import type { Declared, Graph, GraphEdge, GraphNode, NodeKind } from './model.ts';
import { lookupOf, neighboursOf } from './neighbours.ts';
import { nodeId } from './node-id.ts';
import { compare } from '../k8s/order.ts';

/** Name of the broker's node where none, or no one in particular, carries the events. */
export const UNKNOWN_BROKER = '(no broker)';

/** The graph of all namespaces that the objects are in; edges never leave their namespace. Pure. */
export function buildGraph(declared: Declared): Graph {
  const graphs = namespacesOf(declared).map((namespace) =>
    graphOf(namespace, inNamespace(declared, namespace)),
  );
  return {
    nodes: graphs.flatMap(({ nodes }) => nodes),
    edges: graphs.flatMap(({ edges }) => edges),
    findings: graphs.flatMap(({ findings }) => findings),
  };
}

function graphOf(namespace: string, declared: Declared): Graph {
  const lookup = lookupOf(declared.services);
  const edges = declared.services
    .flatMap((service) =>
      edgesOf(service, namespace, { ...declared, services: neighboursOf(service, lookup) }),
    )
    .sort((a, b) => compare(edgeOrder(a), edgeOrder(b)));
  const present = presentNodes(namespace, declared);
  const known = new Set(present.map(({ id }) => id));
  const absent = edges.filter(({ to }) => !known.has(to)).map(({ to }) => absentNode(namespace, to));
  const nodes = [...present, ...new Map(absent.map((node) => [node.id, node])).values()];
  return {
    nodes: nodes.sort((a, b) => compare(nodeOrder(a), nodeOrder(b))),
    edges,
    findings: findingsOf({ namespace, declared, lookup, edges }),
  };
}

function presentNodes(namespace: string, { services, stores, brokers }: Declared): GraphNode[] {
  const node = (kind: NodeKind, name: string, detail: string): GraphNode => ({
    id: nodeId(namespace, kind, name),
    kind,
    namespace,
    name,
    detail,
    exists: true,
  });
  return [
    ...services.map(({ metadata, spec }) => node('service', metadata.name, spec.role)),
    ...stores.map(({ metadata, spec }) => node('store', metadata.name, spec.engine)),
    ...brokers.map(({ metadata }) => node('broker', metadata.name, 'rabbitmq')),
  ];
}

function absentNode(namespace: string, id: string): GraphNode {
  const [kind = '', ...name] = id.slice(namespace.length + 1).split('/');
  return { id, kind: kind as NodeKind, namespace, name: name.join('/'), detail: '', exists: false };
}

function edgesOf({ metadata, spec }: HealthcareService, namespace: string, declared: Declared): GraphEdge[] {
  const from = nodeId(namespace, 'service', metadata.name);
  const broker = usesBroker(spec) ? nodeId(namespace, 'broker', brokerName(spec.broker, declared)) : '';
  return [
    ...(spec.calls ?? []).map((call): GraphEdge => {
      const port = resolvePort(call, declared.services);
      const label = typeof port === 'number' ? `${call.port}:${String(port)}` : call.port;
      return { kind: 'calls', from, to: nodeId(namespace, 'service', call.service), label };
    }),
    ...(spec.publishes ?? []).map(({ event }): GraphEdge => ({
      kind: 'publishes',
      from,
      to: broker,
      label: event,
    })),
    ...(spec.consumes ?? []).map(({ event }): GraphEdge => ({
      kind: 'consumes',
      from,
      to: broker,
      label: event,
    })),
    ...(spec.stores ?? []).map(({ store }): GraphEdge => ({
      kind: 'stores',
      from,
      to: nodeId(namespace, 'store', store),
      label: '',
    })),
  ];
}

function brokerName(name: string | undefined, { brokers }: Declared): string {
  const broker = resolveBroker(name, brokers);
  return typeof broker === 'object' ? broker.metadata.name : (name ?? UNKNOWN_BROKER);
}

const KINDS: readonly NodeKind[] = ['service', 'store', 'broker'];
const EDGES: readonly GraphEdge['kind'][] = ['calls', 'publishes', 'consumes', 'stores'];

function nodeOrder({ kind, name }: GraphNode): string {
  return `${String(KINDS.indexOf(kind))} ${name}`;
}

function edgeOrder({ from, kind, to, label }: GraphEdge): string {
  return [from, EDGES.indexOf(kind), to, label].join('\0');
}

function namespacesOf({ services, stores, brokers }: Declared): string[] {
  const all = [...services, ...stores, ...brokers].map(({ metadata }) => metadata.namespace ?? '');
  return [...new Set(all)].sort(compare);
}

/** Objects that are being deleted declare nothing. */
function inNamespace({ services, stores, brokers }: Declared, namespace: string): Declared {
  const isIn = ({ metadata }: { metadata: { namespace?: string; deletionTimestamp?: string } }): boolean =>
    (metadata.namespace ?? '') === namespace && metadata.deletionTimestamp === undefined;
  return {
    services: services.filter(isIn),
    stores: stores.filter(isIn),
    brokers: brokers.filter(isIn),
  };
}
