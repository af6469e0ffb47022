import { GROUP, LABEL } from '../../../api/group.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { ENGINE_PORT } from '../../../api/ports.ts';
import { USUAL_DNS_SERVERS, type DnsServer } from '../../../k8s/dns-servers.ts';
import {
  fromObservability,
  fromOperator,
  nameResolution,
  tcp,
  type AccessRule,
} from '../../../k8s/network-policy.ts';
import type { Edges } from './edges.ts';
import { NO_FORMER_EDGES, type FormerEdges } from './former-edges.ts';
import { ADMIN_PORT } from './service.ts';
import type { Child } from '../../../k8s/types.ts';
import { podSelector } from '../labels.ts';

type Rule = Record<string, unknown>;

/** What the network lets through. */
type OpenEdges = FormerEdges;

/** Says in Shadow what Enforce would be; whoever enforces policies reports by it and blocks nothing. */
const SHADOW_SPEC = `${GROUP}/shadow-spec`;

/** Tells policies in Shadow from others: `careplane.dev/enforcement=shadow`. */
const ENFORCEMENT = `${GROUP}/enforcement`;

/** The edges of the spec, then those that only pods of former revisions have. */
function openEdges({ calls, callers, stores, broker }: Edges, former: FormerEdges): OpenEdges {
  return {
    calls: [...calls, ...former.calls],
    callers: [...callers, ...former.callers],
    stores: [...stores, ...former.stores],
    brokers: [...(broker === undefined ? [] : [broker]), ...former.brokers],
  };
}

/** What counts beside the edges of the spec. */
export interface NetworkChoices {
  /** Of pods that run former revisions. */
  former?: FormerEdges;
  /** Where names are resolved. */
  dns?: readonly DnsServer[] | undefined;
  /** Whose pods read the log of a service that publishes one. */
  operatorNamespace?: string;
}

/** The NetworkPolicy of a service. With `enforcement: Shadow` it lets everything through and carries the strict one as an annotation. */
export function networkPolicy(
  service: HealthcareService,
  edges: Edges,
  { former = NO_FORMER_EDGES, dns = USUAL_DNS_SERVERS, operatorNamespace }: NetworkChoices = {},
): Child {
  const { name } = service.metadata;
  const reading = readingOfLog(service, operatorNamespace);
  const strict = strictSpec(service, openEdges(edges, former), { dns, reading });
  const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' };
  if (service.spec.enforcement === 'Enforce') return { ...policy, metadata: { name }, spec: strict };
  return {
    ...policy,
    metadata: {
      name,
      labels: { [ENFORCEMENT]: 'shadow' },
      annotations: { [SHADOW_SPEC]: JSON.stringify(strict) },
    },
    spec: { ...strict, ingress: [{}], egress: [{}] },
  };
}

/**
 * Lets only the edges, name resolution and scraping through; kubelet's probes are always let in.
 * It names the ports of services: pods of two revisions may listen at different ports.
 */
function strictSpec(
  service: HealthcareService,
  edges: OpenEdges,
  { dns, reading }: { dns: readonly DnsServer[]; reading: readonly AccessRule[] },
): Rule {
  return {
    podSelector: { matchLabels: podSelector(service.metadata.name) },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [...ingress(service, edges), ...reading.map((rule) => ({ ...rule, ports: tcp(rule.ports) }))],
    egress: [...nameResolution(dns), ...egress(edges)],
  };
}

/** The operator reads the log of a service that publishes one. */
function readingOfLog({ spec }: HealthcareService, operatorNamespace: string | undefined): AccessRule[] {
  if (spec.auditLog === undefined || operatorNamespace === undefined) return [];
  return [fromOperator(operatorNamespace, [ADMIN_PORT])];
}

function ingress({ spec }: HealthcareService, edges: OpenEdges): Rule[] {
  const { http } = spec;
  const callers = edges.callers.map(({ service, portName }) => ({
    from: pods(LABEL.service, service),
    ports: tcp([portName]),
  }));
  const world = http?.expose === undefined ? [] : [{ ports: tcp(['http']) }];
  const scraping = fromObservability([ADMIN_PORT]);
  return [...world, ...callers, { ...scraping, ports: tcp(scraping.ports) }];
}

function egress(edges: OpenEdges): Rule[] {
  const calls = edges.calls.map(({ service, portName }) => ({
    to: pods(LABEL.service, service),
    ports: tcp([portName]),
  }));
  const stores = edges.stores.map(({ metadata, spec }) => ({
    to: pods(LABEL.store, metadata.name),
    ports: tcp([ENGINE_PORT[spec.engine]]),
  }));
  const brokers = edges.brokers.map(({ metadata }) => ({
    to: pods(LABEL.broker, metadata.name),
    ports: tcp([ENGINE_PORT.rabbitmq]),
  }));
  return [...calls, ...stores, ...brokers];
}

function pods(label: string, value: string): Rule[] {
  return [{ podSelector: { matchLabels: { [label]: value } } }];
}
