import { LABEL } from '../../../api/group.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { observabilityStacks } from '../../../api/observabilitystack.ts';
import { partName, PROMETHEUS_PORT } from '../../../engines/prometheus/names.ts';
import { pods } from '../../../k8s/types.ts';
import type { Context } from '../../../runtime/controller.ts';
import { isBaking } from './bake-time.ts';
import type { Windows } from './burn.ts';
import { lastReady, readyAt, recordOf } from './record.ts';
import { currentRevision } from './revision.ts';
import type { Running } from './running.ts';
import type { TrafficSource } from './traffic.ts';

/** Asks the namespace's Prometheus about a revision in its bake time and the one to go back to; at rest nobody is asked. */
export async function bakeTraffic(
  service: HealthcareService,
  running: Pick<Running, 'history' | 'deployment'>,
  context: Context,
  { traffic, clusterDomain }: { traffic: TrafficSource; clusterDomain: string },
): Promise<Windows | undefined> {
  const { cache, signal } = context;
  const { name, namespace = '' } = service.metadata;
  const stack = cache.list(observabilityStacks, namespace).at(0);
  const baking = service.spec.slo === undefined ? undefined : bakingOf(service, running, context.now());
  if (baking === undefined || stack === undefined) return undefined;
  const { revision } = baking;
  const host = `${partName(stack, 'prometheus')}.${namespace}.svc.${clusterDomain}`;
  const answering = cache.list(pods, namespace, { [LABEL.service]: name, [LABEL.revision]: revision });
  return traffic({
    ...baking,
    prometheus: `http://${host}:${PROMETHEUS_PORT}`,
    namespace,
    service: name,
    pods: answering.map(({ metadata }) => metadata.name),
    signal,
  });
}

interface Baking {
  revision: string;
  /** Milliseconds since the epoch. */
  begunAt: number;
  /** The one to go back to, if its content is still known. */
  former: string | undefined;
}

/** The revision that runs, during its bake time. */
function bakingOf(
  { status }: HealthcareService,
  { deployment, history }: Pick<Running, 'history' | 'deployment'>,
  now: number,
): Baking | undefined {
  const revision = currentRevision(deployment);
  const record = recordOf(status);
  if (
    revision === undefined ||
    record.begun === undefined ||
    !isBaking(record, readyAt(record, revision), now)
  )
    return undefined;
  return { revision, begunAt: record.begun.at, former: lastReady(record, revision, history) };
}
