import type { HealthcareService } from '../api/healthcareservice.ts';
import { brokerOf, byName, resolveBroker, resolvePort } from './declared.ts';
import type { Declared } from './model.ts';
import { compare } from '../k8s/order.ts';

/** Findings about the edges of one service. Its neighbours alone give the same answer as all services of the namespace. */

/** Ends of the service's edges that do not exist. */
export function danglingEnds({ spec }: HealthcareService, { services, stores, brokers }: Declared): string[] {
  const calls = (spec.calls ?? []).map((call) => resolvePort(call, services));
  const missingStores = (spec.stores ?? [])
    .filter(({ store }) => byName(stores, store) === undefined)
    .map(({ store }) => `no EncryptedStore ${store}`);
  const broker = brokerOf(spec, brokers);
  return [
    ...calls.filter((port) => typeof port === 'string'),
    ...missingStores,
    ...(typeof broker === 'string' ? [broker] : []),
  ];
}

/** Events of the service that no other service publishes, or consumes. */
export function oneSidedEvents(service: HealthcareService, declared: Declared): string[] {
  return [
    ...withoutOtherEnd(service, declared, 'consumes').map((event) => `nobody publishes ${event}`),
    ...withoutOtherEnd(service, declared, 'publishes').map((event) => `nobody consumes ${event}`),
  ];
}

/** Events of one of its lists without a service at the other end of the same broker. */
export function withoutOtherEnd(
  service: HealthcareService,
  declared: Declared,
  edge: 'publishes' | 'consumes',
): string[] {
  const others = declared.services.filter(
    (other) => other.metadata.name !== service.metadata.name && shareBroker(service, other, declared),
  );
  // A service may well consume what it publishes itself.
  const all = [service, ...others];
  const there = eventsOf(all, edge === 'consumes' ? 'publishes' : 'consumes');
  return [...eventsOf([service], edge)].filter((event) => !there.has(event));
}

/** Ports of the service without a `calls` edge to them. Clients outside the cluster use a gateway's http port. */
export function unusedPorts({ metadata, spec }: HealthcareService, { services }: Declared): string[] {
  const called = new Set(
    services
      .flatMap(({ spec: { calls = [] } }) => calls)
      .filter((call) => call.service === metadata.name)
      .map(({ port }) => port),
  );
  const isHttpUnused = spec.http !== undefined && spec.role !== 'gateway' && !called.has('http');
  const named = (spec.ports ?? []).map(({ name }) => name).filter((name) => !called.has(name));
  return [
    ...(isHttpUnused ? ['nobody calls it over http'] : []),
    ...named.sort(compare).map((name) => `nobody calls its port ${name}`),
  ];
}

/** Whether an event of the one can reach the other. A broker that cannot be resolved is a dangling edge and separates nothing. */
function shareBroker(one: HealthcareService, other: HealthcareService, { brokers }: Declared): boolean {
  const [mine, theirs] = [one, other].map(({ spec }) => resolveBroker(spec.broker, brokers));
  if (typeof mine !== 'object' || typeof theirs !== 'object') return true;
  return mine.metadata.name === theirs.metadata.name;
}

function eventsOf(services: readonly HealthcareService[], edge: 'publishes' | 'consumes'): Set<string> {
  return new Set(services.flatMap(({ spec }) => (spec[edge] ?? []).map(({ event }) => event)));
}
