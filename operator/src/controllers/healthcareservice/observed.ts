import type { EncryptedStore } from '../../api/encryptedstore.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { MessageBroker } from '../../api/messagebroker.ts';
import type { ScalingPolicy } from '../../api/scalingpolicy.ts';
import type { Deployment, Pod } from './kubernetes.ts';

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
}

/** Everything that decides about one service, read at one moment. */
export interface Observed {
  /** All services of the namespace, this one too. */
  services: readonly HealthcareService[];
  stores: readonly EncryptedStore[];
  brokers: readonly MessageBroker[];
  /** The policy that decides about the replicas; the oldest when there are several. */
  policy: ScalingPolicy | undefined;
  /** Whether a HorizontalPodAutoscaler targets the Deployment. */
  foreignAutoscaler: boolean;
  /** Names of the binding Secrets of this service that exist. */
  bindingSecrets: ReadonlySet<string>;
  secrets: readonly ObservedSecret[];
  deployment: Deployment | undefined;
  pods: readonly Pod[];
  tokens: TokenIssuer;
}
