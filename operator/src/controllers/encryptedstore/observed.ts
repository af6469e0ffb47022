import type { Logins } from '../providers.ts';
import type { EnginePod } from '../../k8s/pods.ts';
import type { ServerCertificate } from '../../pki/server-certificate.ts';
import type { KeyPair } from '../../pki/certificate.ts';
import type { StorageClass } from '../../k8s/types.ts';

/** Everything that decides about one store, read at one moment. */
export interface Observed extends Logins {
  /** Services that declare the store, in order. */
  services: readonly string[];
  /** Services that declare it no more and whose pods still use it: only the network lets them in. */
  formerServices: readonly string[];
  /** mongodb: the keyfile. redis: the password of the operator's user. */
  root: string;
  certificate: ServerCertificate & { pair: KeyPair };
  storageClass: StorageClass | undefined;
  pods: readonly EnginePod[];
  /** Members that there have to be now: those that leave stay until the replica set knows. */
  members: number;
}
