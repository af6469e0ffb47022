import type { EncryptedStore } from '../../api/encryptedstore.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { MessageBroker } from '../../api/messagebroker.ts';
import type { ScalingPolicy } from '../../api/scalingpolicy.ts';
import type { ShadowReports } from './network/blocked-flows.ts';
import type { Windows } from './rollout/burn.ts';
import type { FollowedReplicas } from './workload/followed-replicas.ts';
import type { ControllerRevision, Deployment, Pod } from '../../k8s/types.ts';

/** What verifies the tokens by which services know each other: the API server's own keys. */
export interface TokenIssuer {
  issuer: string;
  /** JSON Web Key Set, as text. */
  jwks: string;
}

/** One of `spec.secrets` as it is in the cluster. */
export interface ObservedSecret {
  name: string;
  exists: boolean;
  /** Keys to generate that are not there yet. */
  missingKeys: string[];
  /** Whether it carries the label by which its changes are heard of. */
  isWatched: boolean;
}

/** Everything that decides about one service, read at one moment. */
export interface Observed {
  /** This service and those that have to do with it: it calls them, they call it, they share an event. */
  services: readonly HealthcareService[];
  stores: readonly EncryptedStore[];
  brokers: readonly MessageBroker[];
  /** The policy that decides about the replicas; the oldest when there are several. None where an autoscaler scales the service itself. */
  policy: ScalingPolicy | undefined;
  /** Whether a HorizontalPodAutoscaler targets the Deployment. */
  foreignAutoscaler: boolean;
  /** What that autoscaler has made of the replicas; absent without one. */
  followed?: FollowedReplicas | undefined;
  /** Names of the binding Secrets of this service that exist. */
  bindingSecrets: ReadonlySet<string>;
  secrets: readonly ObservedSecret[];
  /** Changes with the contents of `spec.secrets`; `undefined` without any, or while it cannot be made yet. */
  secretsFingerprint: string | undefined;
  deployment: Deployment | undefined;
  /** The history of the Deployment's content. */
  revisions: readonly ControllerRevision[];
  /** What the pods of a young revision answered, and those of the former one before; `undefined` at rest, or when nobody knows. */
  traffic: Windows | undefined;
  /** Milliseconds since the epoch. */
  now: number;
  pods: readonly Pod[];
  tokens: TokenIssuer;
  /** What the policy agent says of the service's policy under Shadow. */
  shadow: ShadowReports;
}
