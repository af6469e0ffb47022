import type { EnginePod } from '../../workloads/pods.ts';
import type { ServerCertificate } from '../../pki/serverCertificate.ts';
import type { KeyPair } from '../../pki/certificate.ts';
import type { StorageClass } from '../../workloads/kinds.ts';

/** Everything that decides about one store, read at one moment. */
export interface Observed {
  /** Services that declare the store, in order. */
  services: readonly string[];
  /** Password of each of them: as it is in its Secret, or a new one. */
  passwords: ReadonlyMap<string, string>;
  /** mongodb: the keyfile. redis: the password of the operator's user. */
  root: string;
  certificate: ServerCertificate & { pair: KeyPair };
  storageClass: StorageClass | undefined;
  pods: readonly EnginePod[];
  /** Members that there have to be now: those that leave stay until the replica set knows. */
  members: number;
}
