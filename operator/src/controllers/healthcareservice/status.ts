import type { HealthcareService, HealthcareServiceStatus } from '../../api/healthcareservice.ts';
import type { StatusBase } from '../../runtime/kube.ts';
import { imageVersion } from './imageVersion.ts';
import type { Rollout } from './rollout.ts';

/** What `kubectl get` shows of a service. */
export function status(
  service: HealthcareService,
  rollout: Rollout,
): Omit<HealthcareServiceStatus, keyof StatusBase> {
  // During a rollout the former version is still the one that serves.
  const version = rollout.isComplete ? imageVersion(service.spec.image) : service.status?.version;
  const edges = edgeSummary(service);
  return {
    replicas: rollout.wanted,
    readyReplicas: rollout.deployment?.status?.readyReplicas ?? 0,
    ...(version === undefined ? {} : { version }),
    ...(edges === '' ? {} : { edges }),
  };
}

function edgeSummary({ spec }: HealthcareService): string {
  const calls = (spec.calls ?? []).map(({ service, port }) =>
    port === 'http' ? service : `${service}:${port}`,
  );
  return [
    part('calls', calls),
    part(
      'publishes',
      (spec.publishes ?? []).map(({ event }) => event),
    ),
    part(
      'consumes',
      (spec.consumes ?? []).map(({ event }) => event),
    ),
    part(
      'stores',
      (spec.stores ?? []).map(({ store }) => store),
    ),
  ]
    .filter((text) => text !== '')
    .join('; ');
}

function part(verb: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${verb} ${names.join(', ')}`;
}
