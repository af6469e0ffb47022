import { healthcareServices, type HealthcareService } from '../../api/healthcareservice.ts';
import { pathsOf, routedBy } from '../../graph/paths.ts';
import { keyOf } from '../../runtime/keys.ts';
import type { Finding, OtherObjects } from './rule.ts';

/**
 * Refuses a path prefix that an older service behind the same gateway has: the younger one would get no request for it.
 * A path moves without a gap when one update of the gateway's `calls` goes from the old service to the new one.
 */
export function exposedPaths(service: HealthcareService, others: OtherObjects): Finding[] {
  return service.spec.role === 'gateway'
    ? amongCalled(service, others.services)
    : besideOthers(service, others.services);
}

/** A gateway's own view: the second of two called services that have a path in common. */
function amongCalled(gateway: HealthcareService, services: readonly HealthcareService[]): Finding[] {
  const owners = new Map<string, string>();
  return routedBy(gateway, services).flatMap(({ called, index }) =>
    pathsOf(called).flatMap((path) => {
      const { name } = called.metadata;
      const owner = owners.get(path) ?? name;
      owners.set(path, owner);
      if (owner === name) return [];
      const message = `${owner} and ${name} both expose ${path}, and this gateway calls both: call one of them, or take the path from one`;
      return [clash(`spec.calls[${index}].service`, message, called)];
    }),
  );
}

/** A service's view: others with one of its paths that are called by a gateway which calls it, too. */
function besideOthers(service: HealthcareService, services: readonly HealthcareService[]): Finding[] {
  const { name } = service.metadata;
  const gateways = services.filter(
    (other) => other.spec.role === 'gateway' && routedBy(other, [service]).length > 0,
  );
  return gateways.flatMap((gateway) =>
    pathsOf(service).flatMap((path, index) => {
      const rival = routedBy(gateway, services).find(({ called }) => pathsOf(called).includes(path))?.called;
      if (rival === undefined || rival.metadata.name === name) return [];
      const message = `${rival.metadata.name} exposes ${path} through the gateway ${gateway.metadata.name} already: take it from there first`;
      return [clash(`spec.http.paths[${index}]`, message, rival)];
    }),
  );
}

function clash(field: string, message: string, service: HealthcareService): Finding {
  return { effect: 'refuse', field, message, rival: { type: healthcareServices, key: keyOf(service) } };
}
