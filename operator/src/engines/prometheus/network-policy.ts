import { LABEL } from '../../api/group.ts';
import type { ObservabilityStack } from '../../api/observabilitystack.ts';
import type { DnsServer } from '../../k8s/dns-servers.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import { accessPolicy, fromOperator, tcp } from '../../k8s/network-policy.ts';
import { GRAFANA_PORT, PROMETHEUS_PORT, partName, partSelector } from './names.ts';

const METRICS_PORTS = [9090, 15692];

/** What the cluster decides about the network. */
export interface NetworkSettings {
  /** The operator's own. */
  leaseNamespace: string;
  dnsServers: readonly DnsServer[];
  apiServerPorts: readonly number[];
}

/** Prometheus: asked by the operator and by Grafana; asks the scraped pods, the operators and the API server. */
export function prometheusNetworkPolicy(stack: ObservabilityStack, settings: NetworkSettings): AnyObject {
  const { leaseNamespace, dnsServers: dns, apiServerPorts } = settings;
  const { from: operators = [] } = fromOperator(leaseNamespace, []);
  const grafana = { podSelector: { matchLabels: partSelector(stack, 'grafana') } };
  const scraped = { podSelector: { matchLabels: { [LABEL.scrape]: 'true' } } };
  return accessPolicy({
    name: partName(stack, 'prometheus'),
    pods: partSelector(stack, 'prometheus'),
    dns,
    ingress: [{ from: [...operators, grafana], ports: [PROMETHEUS_PORT] }],
    // The API server has no pod that a selector could name.
    egress: [{ to: [scraped, ...operators], ports: tcp(METRICS_PORTS) }, { ports: tcp(apiServerPorts) }],
  });
}

/** Grafana: asked by whoever reaches the namespace's Service (an ingress, a port-forward); asks Prometheus. */
export function grafanaNetworkPolicy(stack: ObservabilityStack, dns: readonly DnsServer[]): AnyObject {
  const prometheus = { podSelector: { matchLabels: partSelector(stack, 'prometheus') } };
  return accessPolicy({
    name: partName(stack, 'grafana'),
    pods: partSelector(stack, 'grafana'),
    dns,
    ingress: [{ ports: [GRAFANA_PORT] }],
    egress: [{ to: [prometheus], ports: tcp([PROMETHEUS_PORT]) }],
  });
}
