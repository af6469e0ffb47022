import type { Logins } from '../providers.ts';
import type { ClaimsByPod } from '../../k8s/claims.ts';
import type { EnginePod } from '../../k8s/pods.ts';
import type { ServerCertificate } from '../../pki/server-certificate.ts';
import type { KeyPair } from '../../pki/certificate.ts';
import type { StatefulSet, StorageClass } from '../../k8s/types.ts';

/** Everything that decides about one store, read at one moment. */
export interface Observed extends Logins {
  /** Services that declare the store, in order. */
  services: readonly string[];
  /** Of those whose user may only insert and find: the collections where it may do more. */
  insertOnly: ReadonlyMap<string, readonly string[]>;
  /** Services that declare it no more and whose pods still use it: only the network lets them in. */
  formerServices: readonly string[];
  /** mongodb: the keyfile. redis: the password of the operator's user. */
  root: string;
  certificate: ServerCertificate & { pair: KeyPair };
  storageClasses: readonly StorageClass[];
  claims: ClaimsByPod;
  pods: readonly EnginePod[];
  /** The StatefulSet of the members; `undefined` before it is made. */
  workload: StatefulSet | undefined;
  /** What the API server says of pods that it does not make. */
  refusal: string | undefined;
  /** Members that there have to be now: those that leave stay until the replica set knows. */
  members: number;
}
