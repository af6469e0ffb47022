import type { ObservabilityStack, ObservabilityStackStatus } from '../../api/observabilitystack.ts';
import type { Plan } from '../../runtime/controller.ts';
import type { Settings } from '../../config.ts';
import { prometheusAccess } from '../../engines/prometheus/access.ts';
import { dashboardConfigMaps, prometheusConfigMap, rulesConfigMap } from './config-maps.ts';
import { grafana } from '../../engines/grafana/workload.ts';
import {
  dataOnVolume,
  grafanaAvailable,
  missingTargets,
  prometheusAvailable,
  rulesLoaded,
  targetsUp,
} from './conditions.ts';
import { prometheusNetworkPolicy } from '../../engines/prometheus/network-policy.ts';
import { membersCurrent } from '../../k8s/members-current.ts';
import type { Observed } from './observed.ts';
import { prometheusService, prometheusStatefulSet } from '../../engines/prometheus/workload.ts';

/** How often Prometheus is asked what it scrapes: at rest, and while something is missing (milliseconds). */
const LOOK_AGAIN = 15_000;
const LOOK_SOON = 3_000;

export type StackSettings = Pick<
  Settings,
  | 'clusterDomain'
  | 'grafanaImage'
  | 'apiServerPorts'
  | 'dnsServers'
  | 'imagePullPolicy'
  | 'imagePullSecrets'
  | 'leaseNamespace'
  | 'leaseName'
  | 'prometheusImage'
>;

/** What a stack is made of and how it is judged. Pure. */
export function plan(
  stack: ObservabilityStack,
  observed: Observed,
  settings: StackSettings,
): Plan<ObservabilityStackStatus> {
  const { leaseNamespace, leaseName, clusterDomain, grafanaImage } = settings;
  const { imagePullPolicy, imagePullSecrets, dnsServers } = settings;
  const pulled = { imagePullPolicy, imagePullSecrets };
  // The chart names the operators' headless Service as their Lease.
  const operatorHost = `${leaseName}.${leaseNamespace}.svc.${clusterDomain}`;
  const files = [prometheusConfigMap(stack, operatorHost), rulesConfigMap(stack, observed.content)];
  const dashboards = dashboardConfigMaps(stack, observed.content);
  const withGrafana =
    grafanaImage === undefined ? undefined : { image: grafanaImage, ...pulled, dnsServers, dashboards };
  const workload = prometheusStatefulSet(stack, {
    image: settings.prometheusImage,
    ...pulled,
    files,
  });
  const conditions = [
    prometheusAvailable(observed),
    membersCurrent(workload, { ...observed, workload: observed.prometheus }),
    dataOnVolume(observed),
    targetsUp(observed),
    rulesLoaded(observed),
    ...(withGrafana === undefined ? [] : [grafanaAvailable(observed)]),
  ];
  const targets = observed.scraped.length;
  return {
    children: [
      ...prometheusAccess(stack),
      ...files,
      ...dashboards,
      prometheusService(stack),
      workload,
      prometheusNetworkPolicy(stack, settings),
      ...(withGrafana === undefined ? [] : grafana(stack, withGrafana)),
    ],
    conditions,
    status: { targets, targetsUp: targets - missingTargets(observed).length },
    requeueAfterMs: conditions.every(({ status }) => status === 'True') ? LOOK_AGAIN : LOOK_SOON,
  };
}
