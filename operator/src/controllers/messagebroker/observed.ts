import type { Logins } from '../providers.ts';
import type { Roots } from './roots.ts';
import type { EventEdges } from '../../engines/rabbitmq/topology.ts';
import type { KeyPair } from '../../pki/certificate.ts';
import type { ServerCertificate } from '../../pki/server-certificate.ts';
import type { EnginePod } from '../../k8s/pods.ts';

/** Everything that decides about one broker, read at one moment. */
export interface Observed extends Logins, Roots {
  /** Services that take part in events through this broker, in order. */
  services: readonly EventEdges[];
  certificate: ServerCertificate & { pair: KeyPair };
  pods: readonly EnginePod[];
  /** Nodes that there are now; a cluster never shrinks by itself. */
  presentNodes: number;
}
