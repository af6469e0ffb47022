import { LABEL } from '../../../api/group.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { observabilityStacks } from '../../../api/observabilitystack.ts';
import type { Context } from '../../../runtime/controller.ts';
import { partName, PROMETHEUS_PORT } from '../../../engines/prometheus/names.ts';
import type { Windows } from './burn.ts';
import { lastReady } from './decide-revision.ts';
import { currentRevision } from '../workload/deployment.ts';
import { deployments, pods } from '../../../k8s/types.ts';
import type { ControllerRevision } from '../../../k8s/types.ts';
import { historyOf } from './revision-history.ts';
import { recordOf } from './revision-record.ts';
import type { TrafficSource } from './revision-traffic.ts';
import { isWatched } from './young-revision.ts';

/** Asks the namespace's Prometheus about a young revision and the one to go back to; at rest nobody is asked. */
export async function trafficOfYoung(
  service: HealthcareService,
  revisions: readonly ControllerRevision[],
  context: Context,
  { traffic, clusterDomain }: { traffic: TrafficSource; clusterDomain: string },
): Promise<Windows | undefined> {
  const { cache, signal } = context;
  const { name, namespace = '' } = service.metadata;
  const stack = cache.list(observabilityStacks, namespace).at(0);
  const young = service.spec.slo === undefined ? undefined : youngOf(service, revisions, context);
  if (young === undefined || stack === undefined) return undefined;
  const { revision, begunAt, former } = young;
  const host = `${partName(stack, 'prometheus')}.${namespace}.svc.${clusterDomain}`;
  const running = cache.list(pods, namespace, { [LABEL.service]: name, [LABEL.revision]: revision });
  return traffic({
    prometheus: `http://${host}:${String(PROMETHEUS_PORT)}`,
    namespace,
    service: name,
    pods: running.map(({ metadata }) => metadata.name),
    begunAt,
    former,
    signal,
  });
}

interface Young {
  revision: string;
  /** Milliseconds since the epoch. */
  begunAt: number;
  /** The one to go back to, if its content is still known. */
  former: string | undefined;
}

/** The revision that runs, while it is watched. */
function youngOf(
  { metadata: { name, namespace = '' }, status }: HealthcareService,
  revisions: readonly ControllerRevision[],
  context: Context,
): Young | undefined {
  const deployment = context.cache.get(deployments, { namespace, name });
  const revision = currentRevision(deployment);
  const record = recordOf(status ?? {});
  if (revision === undefined || record.begun === undefined || !isWatched(record, revision, context.now()))
    return undefined;
  const known = historyOf(revisions, deployment);
  return { revision, begunAt: record.begun.at, former: lastReady(record, { target: revision, known }) };
}
