import { encryptedStores } from '../../api/encryptedstore.ts';
import { healthcareServices } from '../../api/healthcareservice.ts';
import { messageBrokers } from '../../api/messagebroker.ts';
import { observabilityStacks } from '../../api/observabilitystack.ts';
import { scalingPolicies } from '../../api/scalingpolicy.ts';
import { horizontalPodAutoscalers } from '../../k8s/types.ts';
import type { Cache } from '../../runtime/controller.ts';
import type { KubeObject, ResourceType } from '../../runtime/kube.ts';
import { keyId } from '../../runtime/keys.ts';
import { nodePortOf } from './node-ports.ts';
import type { OtherObjects } from './rule.ts';

/** The cached objects that an object is held against, without itself and without those that are being deleted. */
export function otherObjects(object: KubeObject, cache: Cache): OtherObjects {
  const among = <T extends KubeObject>(type: ResourceType<T>, namespace?: string): T[] =>
    cache
      .list(type, namespace)
      .filter(({ metadata }) => !(type.kind === object.kind && keyId(metadata) === keyId(object.metadata)))
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const beside = <T extends KubeObject>(type: ResourceType<T>): T[] => among(type, object.metadata.namespace);
  return {
    services: beside(healthcareServices),
    stores: beside(encryptedStores),
    brokers: beside(messageBrokers),
    stacks: beside(observabilityStacks),
    policies: beside(scalingPolicies),
    autoscalers: beside(horizontalPodAutoscalers),
    onNodePorts: among(healthcareServices).filter((service) => nodePortOf(service) !== undefined),
  };
}
