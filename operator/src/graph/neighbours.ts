import type { HealthcareService } from '../api/healthcareservice.ts';
import { pathsOf } from './paths.ts';

/** Ways to find services of one namespace by their edges: indexes of a cache, or maps over a list. */
export interface Lookup {
  named(name: string): HealthcareService | undefined;
  /** Services with a `calls` edge to this one. */
  callersOf(name: string): readonly HealthcareService[];
  /** Services that publish or consume the event. */
  sharing(event: string): readonly HealthcareService[];
  /** Services that expose the path through gateways. */
  exposing(path: string): readonly HealthcareService[];
}

/** The service, those at the other end of its edges, and those that want one of its paths. */
export function neighboursOf(service: HealthcareService, lookup: Lookup): HealthcareService[] {
  const { metadata, spec } = service;
  const called = (spec.calls ?? []).map((call) => lookup.named(call.service));
  const found = [
    ...called.filter((other) => other !== undefined),
    ...lookup.callersOf(metadata.name),
    ...eventsOf(service).flatMap((event) => lookup.sharing(event)),
    ...pathsOf(service).flatMap((path) => lookup.exposing(path)),
  ];
  // The one that was asked for as it was given: a cache may hold an older one.
  return [...new Map([...found, service].map((other) => [other.metadata.name, other])).values()];
}

/** Every event that the service publishes or consumes. */
export function eventsOf({ spec }: HealthcareService): string[] {
  const edges = [...(spec.publishes ?? []), ...(spec.consumes ?? [])];
  return [...new Set(edges.map(({ event }) => event))];
}

/** Names of the services that it calls. */
export function calledBy({ spec }: HealthcareService): string[] {
  return [...new Set((spec.calls ?? []).map(({ service }) => service))];
}

/** Looks up in a list of the services of one namespace. */
export function lookupOf(services: readonly HealthcareService[]): Lookup {
  const byName = new Map(services.map((service) => [service.metadata.name, service]));
  const callers = groupBy(services, calledBy);
  const events = groupBy(services, eventsOf);
  const paths = groupBy(services, pathsOf);
  return {
    named: (name) => byName.get(name),
    callersOf: (name) => callers.get(name) ?? [],
    sharing: (event) => events.get(event) ?? [],
    exposing: (path) => paths.get(path) ?? [],
  };
}

function groupBy(
  services: readonly HealthcareService[],
  keys: (service: HealthcareService) => readonly string[],
): Map<string, HealthcareService[]> {
  const groups = new Map<string, HealthcareService[]>();
  for (const service of services)
    for (const key of keys(service)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [service]);
      else group.push(service);
    }
  return groups;
}
