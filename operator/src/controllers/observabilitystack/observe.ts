import { LABEL } from '../../api/group.ts';
import type { ObservabilityStack } from '../../api/observabilitystack.ts';
import type { Context } from '../../runtime/controller.ts';
import { deployments, pods, statefulSets, type Pod } from '../../k8s/types.ts';
import type { Content } from './content.ts';
import { enginePods } from '../../k8s/pods.ts';
import { PROMETHEUS_PORT, partName, partSelector } from '../../engines/prometheus/names.ts';
import { refusalOf } from '../../k8s/refused-pods.ts';
import type { Observed, ScrapedPod } from './observed.ts';
import { prometheusState, type PrometheusState } from '../../engines/prometheus/api.ts';

/** A pod is discovered and scraped well within this time of being ready (milliseconds). */
const SCRAPE_GRACE = 30_000;

export interface Sources {
  clusterDomain: string;
  content(): Promise<Content>;
}

/** Reads caches, the rules and dashboards to load, and what Prometheus says of itself. */
export async function observe(
  stack: ObservabilityStack,
  context: Context,
  sources: Sources,
): Promise<Observed> {
  const { cache } = context;
  const { namespace = '' } = stack.metadata;
  const prometheus = cache.get(statefulSets, { namespace, name: partName(stack, 'prometheus') });
  const own = cache.list(enginePods, namespace, partSelector(stack, 'prometheus'));
  const isReady = (prometheus?.status?.readyReplicas ?? 0) > 0;
  return {
    content: await sources.content(),
    prometheus,
    pods: own,
    refusal: refusalOf({ set: partName(stack, 'prometheus'), namespace, replicas: 1, pods: own }, cache),
    grafanaPods: cache.list(enginePods, namespace, partSelector(stack, 'grafana')),
    grafana: cache.get(deployments, { namespace, name: partName(stack, 'grafana') }),
    scraped: cache
      .list(pods, namespace, { [LABEL.scrape]: 'true' })
      .flatMap((pod) => scrapedPod(pod, context.now())),
    state: isReady ? await stateOf(stack, context, sources.clusterDomain) : undefined,
  };
}

async function stateOf(
  stack: ObservabilityStack,
  { signal, log }: Context,
  clusterDomain: string,
): Promise<PrometheusState | undefined> {
  const host = `${partName(stack, 'prometheus')}.${stack.metadata.namespace ?? ''}.svc.${clusterDomain}`;
  try {
    return await prometheusState(`http://${host}:${PROMETHEUS_PORT}`, signal);
  } catch (error) {
    // Shown in the condition TargetsUp; the cause is for the log.
    log.warn('Prometheus does not answer', { error: Error.isError(error) ? error.message : 'unknown' });
    return undefined;
  }
}

/** The pod's metrics address, if it has been ready for long enough; a pod that leaves is not asked for. */
function scrapedPod(pod: Pod, now: number): ScrapedPod[] {
  const address = pod.status?.podIP;
  const port = metricsPort(pod);
  if (address === undefined || port === undefined || !isSettled(pod, now)) return [];
  return [{ name: pod.metadata.name, address: `${address}:${port}` }];
}

function isSettled({ metadata, status }: Pod, now: number): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && now - Date.parse(ready.lastTransitionTime ?? '') >= SCRAPE_GRACE;
}

function metricsPort({ spec }: Pod): number | undefined {
  const ports = spec?.containers?.flatMap((container) => container.ports ?? []);
  return ports?.find(({ name }) => name === 'metrics')?.containerPort;
}
