import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { brokerOf, byName } from '../../../graph/declared.ts';
import type { Declared } from '../../../graph/model.ts';
import { calledBy, type Lookup } from '../../../graph/neighbours.ts';
import type { Condition, StatusBase } from '../../../runtime/kube.ts';
import type { Edges } from '../network/edges.ts';

/** Since always: a service without stores and broker depends on none. */
const ALWAYS = 0;

/** Since when all stores and the broker of a service are up (milliseconds); `undefined` when one is not. */
export function providersSince({ stores, broker }: Pick<Edges, 'stores' | 'broker'>): number | undefined {
  return latest([
    ...stores.map((store) => conditionOf(store, 'PrimaryAvailable')).map(upSince),
    ...(broker === undefined ? [] : [upSince(conditionOf(broker, 'BrokerReachable'))]),
  ]);
}

/**
 * Since when all that a service needs is up: its stores, its broker, the services that it calls, and what those need in
 * turn (milliseconds); `undefined` when one is not. Services may call each other in a circle.
 */
export function needsSince(
  service: HealthcareService,
  { named }: Pick<Lookup, 'named'>,
  providers: Pick<Declared, 'stores' | 'brokers'>,
): number | undefined {
  const seen = new Set([service.metadata.name]);
  const times: (number | undefined)[] = [];
  const waiting = [service];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next !== service) times.push(upSince(conditionOf(next, 'Available')));
    times.push(providersSince(providersOf(next, providers)));
    for (const name of calledBy(next).filter((called) => !seen.has(called))) {
      seen.add(name);
      const called = named(name);
      if (called === undefined) return undefined;
      waiting.push(called);
    }
  }
  return latest(times);
}

function providersOf(
  { spec }: HealthcareService,
  { stores, brokers }: Pick<Declared, 'stores' | 'brokers'>,
): Pick<Edges, 'stores' | 'broker'> {
  const found = (spec.stores ?? []).map(({ store }) => byName(stores, store));
  const broker = brokerOf(spec, brokers);
  return {
    stores: found.filter((store) => store !== undefined),
    broker: typeof broker === 'string' ? undefined : broker,
  };
}

function conditionOf({ status }: { status?: StatusBase }, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

function upSince(condition: Condition | undefined): number | undefined {
  if (condition?.status !== 'True' || condition.lastTransitionTime === undefined) return undefined;
  return Date.parse(condition.lastTransitionTime);
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length < times.length ? undefined : Math.max(ALWAYS, ...known);
}
