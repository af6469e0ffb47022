import { stringify } from 'yaml';
import type { ObservabilityStack } from '../../api/observabilitystack.ts';
import { digest } from '../../runtime/apply/digest.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import type { DnsServer } from '../../k8s/dns-servers.ts';
import { imagePullSecrets } from '../../k8s/image-pull-secrets.ts';
import { configMap } from '../../k8s/config-map.ts';
import { clientService } from '../../k8s/services.ts';
import { schedulingOf } from '../../k8s/scheduling.ts';
import { containerSecurity, podSecurity } from '../../k8s/pod-security.ts';
import { GRAFANA_PORT, PROMETHEUS_PORT, partName, partSelector, podLabels } from '../prometheus/names.ts';
import { grafanaNetworkPolicy } from '../prometheus/network-policy.ts';

/** The user of the official image. */
const USER = 472;

export interface GrafanaChoices {
  image: string;
  imagePullPolicy: string;
  imagePullSecrets: readonly string[];
  dnsServers: readonly DnsServer[];
  dashboards: readonly AnyObject[];
}

/** Grafana with Prometheus as its source and the dashboards in it; it keeps nothing, all it shows is configuration. */
export function grafana(stack: ObservabilityStack, choices: GrafanaChoices): AnyObject[] {
  const provisioning = provisioningConfigMap(stack);
  return [
    provisioning,
    service(stack),
    deployment(stack, choices, digest([provisioning, choices.dashboards])),
    grafanaNetworkPolicy(stack, choices.dnsServers),
  ];
}

function provisioningConfigMap(stack: ObservabilityStack): AnyObject {
  const url = `http://${partName(stack, 'prometheus')}:${PROMETHEUS_PORT}`;
  const datasource = { name: 'Prometheus', type: 'prometheus', access: 'proxy', url, isDefault: true };
  const provider = { name: 'careplane', type: 'file', options: { path: '/dashboards' } };
  return configMap(partName(stack, 'grafana'), {
    'datasources.yaml': stringify({ apiVersion: 1, datasources: [datasource] }),
    'dashboards.yaml': stringify({ apiVersion: 1, providers: [provider] }),
  });
}

function service(stack: ObservabilityStack): AnyObject {
  const ports = [{ name: 'http', port: GRAFANA_PORT }];
  return clientService(partName(stack, 'grafana'), partSelector(stack, 'grafana'), ports);
}

function deployment(stack: ObservabilityStack, choices: GrafanaChoices, config: string): AnyObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: partName(stack, 'grafana') },
    spec: {
      replicas: 1,
      selector: { matchLabels: partSelector(stack, 'grafana') },
      template: {
        metadata: { labels: podLabels(stack, 'grafana'), annotations: { 'careplane.dev/config': config } },
        spec: podSpec(stack, choices),
      },
    },
  };
}

function podSpec(stack: ObservabilityStack, choices: GrafanaChoices): Record<string, unknown> {
  const sources = choices.dashboards.map(({ metadata }) => ({ configMap: { name: metadata.name } }));
  return {
    ...imagePullSecrets(choices.imagePullSecrets, stack.spec.imagePullSecrets),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: podSecurity(USER),
    ...schedulingOf(stack.spec, partSelector(stack, 'grafana')),
    containers: [container(choices)],
    volumes: [
      { name: 'data', emptyDir: {} },
      { name: 'provisioning', configMap: { name: partName(stack, 'grafana') } },
      { name: 'dashboards', projected: { sources } },
    ],
  };
}

function container({ image, imagePullPolicy }: GrafanaChoices): Record<string, unknown> {
  const provisioning = '/etc/grafana/provisioning';
  return {
    name: 'grafana',
    image,
    imagePullPolicy,
    // Whoever may open a port-forward may look; changing anything takes a change of this repository.
    env: [
      { name: 'GF_AUTH_ANONYMOUS_ENABLED', value: 'true' },
      { name: 'GF_AUTH_ANONYMOUS_ORG_ROLE', value: 'Viewer' },
      { name: 'GF_AUTH_DISABLE_LOGIN_FORM', value: 'true' },
      { name: 'GF_AUTH_BASIC_ENABLED', value: 'false' },
      { name: 'GF_ANALYTICS_REPORTING_ENABLED', value: 'false' },
      { name: 'GF_ANALYTICS_CHECK_FOR_UPDATES', value: 'false' },
    ],
    ports: [{ name: 'http', containerPort: GRAFANA_PORT, protocol: 'TCP' }],
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    securityContext: containerSecurity,
    readinessProbe: { httpGet: { path: '/api/health', port: 'http' }, periodSeconds: 5, timeoutSeconds: 3 },
    volumeMounts: [
      { name: 'data', mountPath: '/var/lib/grafana' },
      {
        name: 'provisioning',
        mountPath: `${provisioning}/datasources/prometheus.yaml`,
        subPath: 'datasources.yaml',
      },
      {
        name: 'provisioning',
        mountPath: `${provisioning}/dashboards/careplane.yaml`,
        subPath: 'dashboards.yaml',
      },
      { name: 'dashboards', mountPath: '/dashboards' },
    ],
  };
}
