import type { HealthcareService } from '../../api/healthcareservice.ts';
import { portNumber, resolveBroker, usesBroker } from '../../graph/declared.ts';
import { withoutOtherEnd } from '../../graph/service-edges.ts';
import type { Finding, OtherObjects } from './rule.ts';

/** Warns of edges without another end: `kubectl apply` of a folder creates one object after the other. */
export function danglingEdges(service: HealthcareService, others: OtherObjects): Finding[] {
  return [
    ...calls(service, [...others.services, service]),
    ...stores(service, others),
    ...broker(service, others),
    ...consumed(service, others),
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

function stores({ spec }: HealthcareService, others: OtherObjects): Finding[] {
  const there = new Set(others.stores.map(({ metadata }) => metadata.name));
  return (spec.stores ?? []).flatMap(({ store }, index) =>
    there.has(store)
      ? []
      : [warning(`spec.stores[${index}].store`, `there is no EncryptedStore ${store} yet`)],
  );
}

function broker({ spec }: HealthcareService, { brokers }: OtherObjects): Finding[] {
  if (!usesBroker(spec)) return [];
  const found = resolveBroker(spec.broker, brokers);
  if (typeof found === 'string') return [warning('spec.broker', found)];
  if (spec.broker !== undefined || brokers.length < 2) return [];
  const message = `of ${brokers.length} MessageBrokers the oldest is taken, ${found.metadata.name}: name one to be sure`;
  return [warning('spec.broker', message)];
}

function consumed(service: HealthcareService, others: OtherObjects): Finding[] {
  const missing = new Set(withoutOtherEnd(service, others, 'consumes'));
  return (service.spec.consumes ?? []).flatMap(({ event }, index) =>
    missing.has(event)
      ? [warning(`spec.consumes[${index}].event`, `no service publishes ${event} through its broker yet`)]
      : [],
  );
}

function warning(field: string, message: string): Finding {
  return { effect: 'warn', field, message };
}
