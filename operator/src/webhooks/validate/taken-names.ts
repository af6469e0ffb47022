import { encryptedStores } from '../../api/encryptedstore.ts';
import { healthcareServices } from '../../api/healthcareservice.ts';
import { messageBrokers } from '../../api/messagebroker.ts';
import { observabilityStacks } from '../../api/observabilitystack.ts';
import { childNames, type Owner } from '../../names/child-names.ts';
import { keyOf, typeId } from '../../runtime/keys.ts';
import type { ResourceType } from '../../runtime/kube.ts';
import type { Finding, OtherObjects } from './rule.ts';

/** Refuses the younger of two objects with a child of the same type and name, as a broker `b-nodes` beside a broker `b`. */
export function takenNames(object: Owner, others: OtherObjects): Finding[] {
  const wanted = new Map(childNames(object).map((child) => [`${typeId(child.type)} ${child.name}`, child]));
  return rivals(others).flatMap(({ type, rival }) => {
    const clash = childNames(rival).find((child) => wanted.has(`${typeId(child.type)} ${child.name}`));
    return clash === undefined ? [] : [taken(type, rival, `${clash.type.kind} ${clash.name}`)];
  });
}

function taken(type: ResourceType, rival: Owner, child: string): Finding {
  return {
    effect: 'refuse',
    field: 'metadata.name',
    message: `${type.kind} ${rival.metadata.name} owns the ${child} that this object would make, too: choose another name`,
    rival: { type, key: keyOf(rival) },
  };
}

function rivals({ services, stores, brokers, stacks }: OtherObjects): { type: ResourceType; rival: Owner }[] {
  return [
    ...services.map((rival) => ({ type: healthcareServices, rival })),
    ...stores.map((rival) => ({ type: encryptedStores, rival })),
    ...brokers.map((rival) => ({ type: messageBrokers, rival })),
    ...stacks.map((rival) => ({ type: observabilityStacks, rival })),
  ];
}
