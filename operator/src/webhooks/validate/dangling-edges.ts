import type { HealthcareService } from '../../api/healthcareservice.ts';
import { portNumber, resolveBroker, usesBroker } from '../../graph/declared.ts';
import { withoutOtherEnd } from '../../graph/service-edges.ts';
import type { Finding, Neighbours } from './rule.ts';

/**
 * Edges whose other end is not there. Warnings: applying a folder makes one object after the other, and what is missing now may come
 * next; the condition `EdgesResolved` goes on telling. A service may call itself.
 */
export function danglingEdges(service: HealthcareService, neighbours: Neighbours): Finding[] {
  const everybody = [...neighbours.services, service];
  return [
    ...calls(service, everybody),
    ...stores(service, neighbours),
    ...broker(service, neighbours),
    ...consumed(service, neighbours),
  ];
}

function calls({ spec }: HealthcareService, services: readonly HealthcareService[]): Finding[] {
  return (spec.calls ?? []).flatMap(({ service, port }, index) => {
    const field = `spec.calls[${index}]`;
    const called = services.find(({ metadata }) => metadata.name === service);
    if (called === undefined)
      return [warning(`${field}.service`, `there is no HealthcareService ${service} yet`)];
    if (portNumber(called.spec, port) === undefined)
      return [warning(`${field}.port`, `HealthcareService ${service} has no port ${port}`)];
    return [];
  });
}

function stores({ spec }: HealthcareService, neighbours: Neighbours): Finding[] {
  const there = new Set(neighbours.stores.map(({ metadata }) => metadata.name));
  return (spec.stores ?? []).flatMap(({ store }, index) =>
    there.has(store)
      ? []
      : [warning(`spec.stores[${index}].store`, `there is no EncryptedStore ${store} yet`)],
  );
}

function broker({ spec }: HealthcareService, { brokers }: Neighbours): Finding[] {
  if (!usesBroker(spec)) return [];
  const found = resolveBroker(spec.broker, brokers);
  return typeof found === 'string' ? [warning('spec.broker', found)] : [];
}

function consumed(service: HealthcareService, neighbours: Neighbours): Finding[] {
  const missing = new Set(withoutOtherEnd(service, neighbours, 'consumes'));
  return (service.spec.consumes ?? []).flatMap(({ event }, index) =>
    missing.has(event)
      ? [warning(`spec.consumes[${index}].event`, `no service publishes ${event} through its broker yet`)]
      : [],
  );
}

function warning(field: string, message: string): Finding {
  return { effect: 'warn', field, message };
}
