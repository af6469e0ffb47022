import { LABEL } from '../../api/group.ts';
import type { ObservabilityStack } from '../../api/observabilitystack.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import { configMap } from '../../k8s/config-map.ts';
import type { Content } from './content.ts';
import { partName } from '../../engines/prometheus/names.ts';
import { prometheusConfig } from '../../engines/prometheus/configuration.ts';

/** What Grafana's sidecar looks for unless it is told otherwise. */
const SIDECAR_LABELS = { grafana_dashboard: '1' };

/** The configuration and the rules, each a ConfigMap of its own: one changes with the code, the other with the alerts. */
export function prometheusConfigMap(stack: ObservabilityStack, operatorHost: string): AnyObject {
  const { namespace = '' } = stack.metadata;
  return configMap(partName(stack, 'prometheus'), {
    'prometheus.yml': prometheusConfig({ namespace, operatorHost }),
  });
}

export function rulesConfigMap(stack: ObservabilityStack, { rules }: Content): AnyObject {
  return configMap(`${stack.metadata.name}-rules`, rules);
}

/** One ConfigMap for each dashboard, so that none comes near the limit of 1 MiB. */
export function dashboardConfigMaps(stack: ObservabilityStack, { dashboards }: Content): AnyObject[] {
  const asked = stack.spec.dashboards?.labels ?? SIDECAR_LABELS;
  const labels = { ...asked, [LABEL.observability]: stack.metadata.name };
  return Object.entries(dashboards).map(([file, text]) => {
    const name = `${stack.metadata.name}-dashboard-${file.replace(/\.json$/, '')}`;
    return configMap(name, { [file]: text }, { labels });
  });
}
