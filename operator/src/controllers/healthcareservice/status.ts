import { EDGES_LENGTH } from '../../api/healthcareservice-status.ts';
import type { HealthcareService, HealthcareServiceStatus } from '../../api/healthcareservice.ts';
import type { StatusBase } from '../../runtime/kube.ts';
import { imageVersion } from './workload/image-version.ts';
import { podSelector } from './labels.ts';
import { recordStatus } from './rollout/record.ts';
import type { Rollout } from './rollout/rollout.ts';

/** What `kubectl get` shows of a service. */
export function status(
  service: HealthcareService,
  rollout: Rollout,
): Omit<HealthcareServiceStatus, keyof StatusBase> {
  const ready = rollout.deployment?.status?.readyReplicas ?? 0;
  return {
    replicas: rollout.wanted,
    readyReplicas: ready,
    pods: `${String(ready)}/${String(rollout.wanted)}`,
    selector: Object.entries(podSelector(service.metadata.name))
      .map(([label, value]) => `${label}=${value}`)
      .join(','),
    ...texts({
      version: versionOf(service, rollout),
      // What was applied a moment ago: the cache may not have it yet.
      revision: rollout.isBegun ? rollout.decision.serve : undefined,
      slo: sloSummary(service),
      edges: edgeSummary(service),
    }),
    ...recordOfRollout(service, rollout),
  };
}

/** While nothing may be rolled out nothing is decided: what is remembered stays as it is. */
function recordOfRollout(
  { status: before }: HealthcareService,
  { isBegun, decision }: Rollout,
): Pick<HealthcareServiceStatus, 'rollout'> {
  if (isBegun) return { rollout: recordStatus(decision.record) };
  return before?.rollout === undefined ? {} : { rollout: before.rollout };
}

/** During a rollout the former version is still the one that serves. */
function versionOf(service: HealthcareService, { isComplete, serving }: Rollout): string | undefined {
  const image = serving.template.spec.containers[0]?.image ?? service.spec.image;
  return isComplete ? imageVersion(image) : service.status?.version;
}

/** As `99.9 % / 200ms`. */
function sloSummary({ spec }: HealthcareService): string {
  const { availability, latencyP95 } = spec.slo ?? {};
  const parts = [availability === undefined ? undefined : `${String(availability)} %`, latencyP95];
  return parts.filter((part) => part !== undefined).join(' / ');
}

function texts<K extends string>(fields: Record<K, string | undefined>): Partial<Record<K, string>> {
  const said = Object.entries(fields).filter(([, text]) => text !== undefined && text !== '');
  return Object.fromEntries(said) as Partial<Record<K, string>>;
}

function edgeSummary({ spec }: HealthcareService): string {
  const calls = (spec.calls ?? []).map(({ service, port }) =>
    port === 'http' ? service : `${service}:${port}`,
  );
  const { publishes = [], consumes = [], stores = [] } = spec;
  const edges = {
    calls,
    publishes: publishes.map(({ event }) => event),
    consumes: consumes.map(({ event }) => event),
    stores: stores.map(({ store }) => store),
  };
  const summary = Object.entries(edges)
    .filter(([, names]) => names.length > 0)
    .map(([verb, names]) => `${verb} ${names.join(', ')}`)
    .join('; ');
  return summary.length > EDGES_LENGTH ? `${summary.slice(0, EDGES_LENGTH - 1)}…` : summary;
}
