import type { HealthcareService } from '../api/healthcareservice.ts';
import { byAge } from '../k8s/order.ts';

/** Which service behind a gateway gets the requests for a path. Pure. */

/** A path of a service that a gateway routes to another service. */
export interface TakenPath {
  path: string;
  /** Name of the service that has it. */
  owner: string;
  /** Name of the gateway that calls both. */
  gateway: string;
}

/** Path prefixes that the service exposes through gateways. */
export function pathsOf({ spec }: HealthcareService): readonly string[] {
  return spec.http?.paths ?? [];
}

/** The services whose paths a gateway exposes, with the index of the call. */
export function routedBy(
  { spec }: HealthcareService,
  services: readonly HealthcareService[],
): { called: HealthcareService; index: number }[] {
  return (spec.calls ?? []).flatMap(({ service, port }, index) => {
    const called = services.find(({ metadata }) => metadata.name === service);
    return called === undefined || port !== 'http' ? [] : [{ called, index }];
  });
}

/** Name of the service that gets the requests for each path: the oldest of those that expose it. */
export function pathOwners(
  gateway: HealthcareService,
  services: readonly HealthcareService[],
): ReadonlyMap<string, string> {
  const youngestFirst = routedBy(gateway, services)
    .map(({ called }) => called)
    .sort((a, b) => byAge(b, a));
  return new Map(
    youngestFirst.flatMap((called) => pathsOf(called).map((path) => [path, called.metadata.name] as const)),
  );
}

/** Paths of the service that an older one has behind the same gateway. */
export function takenPaths(service: HealthcareService, services: readonly HealthcareService[]): TakenPath[] {
  const { name } = service.metadata;
  const gateways = services.filter(
    (other) => other.spec.role === 'gateway' && routedBy(other, [service]).length > 0,
  );
  return gateways.flatMap((gateway) => {
    const owners = pathOwners(gateway, services);
    return pathsOf(service).flatMap((path) => {
      const owner = owners.get(path) ?? name;
      return owner === name ? [] : [{ path, owner, gateway: gateway.metadata.name }];
    });
  });
}
