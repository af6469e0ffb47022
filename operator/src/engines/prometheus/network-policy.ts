import { LABEL } from '../../api/group.ts';
import type { ObservabilityStack } from '../../api/observabilitystack.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import { NAME_RESOLUTION } from '../../k8s/network-policy.ts';
import { GRAFANA_PORT, PROMETHEUS_PORT, partName, partSelector, type Part } from './names.ts';

type Rule = Record<string, unknown>;

const METRICS_PORTS = [9090, 15692];

/** Prometheus: asked by the operator and by Grafana; asks the scraped pods, the operators and the API server. */
export function prometheusNetworkPolicy(stack: ObservabilityStack, operatorNamespace: string): AnyObject {
  const operators = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': operatorNamespace } },
  };
  const scraped = { podSelector: { matchLabels: { [LABEL.scrape]: 'true' } } };
  return networkPolicy(stack, 'prometheus', {
    ingress: [
      {
        from: [operators, { podSelector: { matchLabels: partSelector(stack, 'grafana') } }],
        ports: [tcp(PROMETHEUS_PORT)],
      },
    ],
    // The API server has no pod that a selector could name.
    egress: [
      NAME_RESOLUTION,
      { to: [scraped, operators], ports: METRICS_PORTS.map(tcp) },
      { ports: [tcp(443), tcp(6443)] },
    ],
  });
}

/** Grafana: asked by whoever reaches the namespace's Service (an ingress, a port-forward); asks Prometheus. */
export function grafanaNetworkPolicy(stack: ObservabilityStack): AnyObject {
  const prometheus = { podSelector: { matchLabels: partSelector(stack, 'prometheus') } };
  return networkPolicy(stack, 'grafana', {
    ingress: [{ ports: [tcp(GRAFANA_PORT)] }],
    egress: [NAME_RESOLUTION, { to: [prometheus], ports: [tcp(PROMETHEUS_PORT)] }],
  });
}

function networkPolicy(
  stack: ObservabilityStack,
  part: Part,
  rules: { ingress: Rule[]; egress: Rule[] },
): AnyObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: partName(stack, part) },
    spec: {
      podSelector: { matchLabels: partSelector(stack, part) },
      policyTypes: ['Ingress', 'Egress'],
      ...rules,
    },
  };
}

function tcp(port: number): Rule {
  return { protocol: 'TCP', port };
}
