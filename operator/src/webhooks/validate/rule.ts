import type { EncryptedStore } from '../../api/encryptedstore.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { MessageBroker } from '../../api/messagebroker.ts';
import type { ObservabilityStack } from '../../api/observabilitystack.ts';
import type { ScalingPolicy } from '../../api/scalingpolicy.ts';
import type { HorizontalPodAutoscaler } from '../../k8s/types.ts';
import type { ObjectKey, ResourceType } from '../../runtime/kube.ts';

/** What a rule finds about an object. */
export interface Finding {
  /** `warn` is shown to the user, `refuse` keeps the object out. */
  effect: 'warn' | 'refuse';
  /** Path as in the API server's own messages: `spec.calls[0].service`. */
  field: string;
  /** The problem and what to do; at most some 200 characters, since kubectl prints it in one line. */
  message: string;
  /** The other object of a clash. It is read live before the refusal: the caches may be behind. */
  rival?: { type: ResourceType; key: ObjectKey };
}

/** The other objects in the namespace of the object, without itself and without those that are being deleted. */
export interface OtherObjects {
  services: readonly HealthcareService[];
  stores: readonly EncryptedStore[];
  brokers: readonly MessageBroker[];
  stacks: readonly ObservabilityStack[];
  policies: readonly ScalingPolicy[];
  autoscalers: readonly HorizontalPodAutoscaler[];
  /** Services of all watched namespaces that ask for a port of the nodes. */
  onNodePorts: readonly HealthcareService[];
}

/** Compares an object with the others of its namespace. Pure. The CEL rules of the CRDs have passed: a rule is for what they cannot know. */
export type Rule<T> = (object: T, others: OtherObjects) => Finding[];
