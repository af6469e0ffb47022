import type { HealthcareService, HealthcareServiceSpec } from '../api/healthcareservice.ts';
import type { MessageBroker } from '../api/messagebroker.ts';
import { byAge } from '../k8s/order.ts';

/** What the declarations of one service mean, beside those of the others. Pure. */

export type Call = NonNullable<HealthcareServiceSpec['calls']>[number];

/** Whether a service takes part in events. */
export function usesBroker(spec: HealthcareServiceSpec): boolean {
  return (spec.publishes ?? []).length > 0 || (spec.consumes ?? []).length > 0;
}

/**
 * The broker of a service: the named one, or the oldest of the namespace, so that another one takes no service away from it; else why
 * there is none.
 */
export function resolveBroker(
  name: string | undefined,
  brokers: readonly MessageBroker[],
): MessageBroker | string {
  if (name !== undefined) return byName(brokers, name) ?? `no MessageBroker ${name}`;
  const [first, ...others] = brokers;
  if (first === undefined) return 'no MessageBroker in the namespace';
  return others.reduce((oldest, broker) => (byAge(oldest, broker) < 0 ? oldest : broker), first);
}

/** The broker of a service's events, why there is none, or `undefined` without events. An unnamed one may clash below /bindings. */
export function brokerOf(
  spec: HealthcareServiceSpec,
  brokers: readonly MessageBroker[],
): MessageBroker | string | undefined {
  if (!usesBroker(spec)) return undefined;
  const broker = resolveBroker(spec.broker, brokers);
  if (typeof broker === 'string') return broker;
  const { name } = broker.metadata;
  const taken = [
    ...(spec.stores ?? []).map(({ store }) => store),
    ...(spec.secrets ?? []).map((secret) => secret.name),
  ];
  return taken.includes(name)
    ? `MessageBroker ${name} has the name of a store or secret of this service`
    : broker;
}

/** Number of a port by its name: `http`, or one of `spec.ports`. */
export function portNumber(spec: HealthcareServiceSpec, name: string): number | undefined {
  if (name === 'http') return spec.http?.port;
  return spec.ports?.find((port) => port.name === name)?.port;
}

/** Number of the port that a call leads to; else why it leads nowhere. */
export function resolvePort(call: Call, services: readonly HealthcareService[]): number | string {
  const service = byName(services, call.service);
  if (service === undefined) return `no HealthcareService ${call.service}`;
  return portNumber(service.spec, call.port) ?? `HealthcareService ${call.service} has no port ${call.port}`;
}

export function byName<T extends { metadata: { name: string } }>(
  objects: readonly T[],
  name: string,
): T | undefined {
  return objects.find((object) => object.metadata.name === name);
}
