import type { Condition, StatusBase } from '../../../runtime/kube.ts';
import type { Edges } from '../network/edges.ts';

/** Since always: a service without stores and broker depends on none. */
const ALWAYS = 0;

/** Since when all stores and the broker of a service are up (milliseconds); `undefined` when one is not. */
export function providersSince({ stores, broker }: Edges): number | undefined {
  const conditions = [
    ...stores.map((store) => conditionOf(store, 'PrimaryAvailable')),
    ...(broker === undefined ? [] : [conditionOf(broker, 'BrokerReachable')]),
  ];
  const times = conditions.map(upSince);
  return times.includes(undefined)
    ? undefined
    : Math.max(ALWAYS, ...times.filter((time) => time !== undefined));
}

function conditionOf({ status }: { status?: StatusBase }, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

function upSince(condition: Condition | undefined): number | undefined {
  if (condition?.status !== 'True' || condition.lastTransitionTime === undefined) return undefined;
  return Date.parse(condition.lastTransitionTime);
}
