import { encryptedStores } from '../../api/encryptedstore.ts';
import { healthcareServices } from '../../api/healthcareservice.ts';
import { messageBrokers } from '../../api/messagebroker.ts';
import { observabilityStacks } from '../../api/observabilitystack.ts';
import { scalingPolicies } from '../../api/scalingpolicy.ts';
import { horizontalPodAutoscalers } from '../../k8s/types.ts';
import type { Cache } from '../../runtime/controller.ts';
import type { KubeObject, ResourceType } from '../../runtime/kube.ts';
import type { OtherObjects } from './rule.ts';

/** The cached objects of the object's namespace, without itself and without those that are being deleted. */
export function otherObjects({ kind, metadata }: KubeObject, cache: Cache): OtherObjects {
  const others = <T extends KubeObject>(type: ResourceType<T>): T[] =>
    cache
      .list(type, metadata.namespace)
      .filter((other) => !(type.kind === kind && other.metadata.name === metadata.name))
      .filter((other) => other.metadata.deletionTimestamp === undefined);
  return {
    services: others(healthcareServices),
    stores: others(encryptedStores),
    brokers: others(messageBrokers),
    stacks: others(observabilityStacks),
    policies: others(scalingPolicies),
    autoscalers: others(horizontalPodAutoscalers),
  };
}
