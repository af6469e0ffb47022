import { LABEL } from '../api/group.ts';
import type { DnsServer } from './dns-servers.ts';
import type { Child } from './types.ts';

type Part = Record<string, unknown>;

export interface AccessRule {
  /** Absent: everybody. */
  from?: Part[];
  /** TCP ports. */
  ports: number[];
}

export interface AccessPolicy {
  name: string;
  pods: Record<string, string>;
  /** Who may come in; nobody else. */
  ingress: AccessRule[];
  /** TCP ports at the pods' own kind: members talk to each other. */
  peerPorts?: number[];
  /** Where names are resolved. */
  dns: readonly DnsServer[];
  /** More of where the pods may go, besides their peers and name resolution. */
  egress?: Part[];
}

/**
 * Nothing in, nothing out, but for what is named. kubelet's probes need no rule: traffic from a pod's own node is always let in.
 * https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export function accessPolicy(policy: AccessPolicy): Child {
  const { name, pods, ingress, dns, peerPorts = [], egress = [] } = policy;
  const peers = [{ podSelector: { matchLabels: pods } }];
  const toPeers = peerPorts.length === 0 ? [] : [{ to: peers, ports: tcp(peerPorts) }];
  const fromPeers = peerPorts.length === 0 ? [] : [{ from: peers, ports: tcp(peerPorts) }];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name },
    spec: {
      podSelector: { matchLabels: pods },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [...ingress.map((rule) => ({ ...rule, ports: tcp(rule.ports) })), ...fromPeers],
      egress: [...nameResolution(dns), ...toPeers, ...egress],
    },
  };
}

/** Egress to what resolves names, one rule for each port. */
export function nameResolution(servers: readonly DnsServer[]): Part[] {
  const byPort = Map.groupBy(servers, ({ port }) => port);
  return [...byPort].map(([port, alike]) => ({
    to: alike.map((server) => dnsPeer(server)),
    ports: [{ protocol: 'UDP', port }, ...tcp([port])],
  }));
}

function dnsPeer(server: DnsServer): Part {
  if ('cidr' in server) return { ipBlock: { cidr: server.cidr } };
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': server.namespace } };
  return { namespaceSelector, podSelector: { matchLabels: server.labels } };
}

/** Pods of these services of the same namespace; nobody when there are none. */
export function fromServices(services: readonly string[], ports: number[]): AccessRule[] {
  if (services.length === 0) return [];
  const matchExpressions = [{ key: LABEL.service, operator: 'In', values: [...services].sort() }];
  return [{ from: [{ podSelector: { matchExpressions } }], ports }];
}

/** Pods of the operator, which sets the engines up. */
export function fromOperator(operatorNamespace: string, ports: number[]): AccessRule {
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': operatorNamespace } };
  return { from: [{ namespaceSelector }], ports };
}

/** Prometheus of the namespace's observability stacks. */
export function fromObservability(ports: number[]): AccessRule {
  const matchExpressions = [{ key: LABEL.observability, operator: 'Exists' }];
  return { from: [{ podSelector: { matchExpressions } }], ports };
}

/** The TCP ports of a rule, by number or by name. */
export function tcp(ports: readonly (number | string)[]): Part[] {
  return ports.map((port) => ({ protocol: 'TCP', port }));
}
