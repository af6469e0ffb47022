import type { Logins } from '../providers.ts';
import type { Roots } from './roots.ts';
import type { EventEdges } from '../../engines/rabbitmq/topology.ts';
import type { KeyPair } from '../../pki/certificate.ts';
import type { ServerCertificate } from '../../pki/server-certificate.ts';
import type { EnginePod } from '../../k8s/pods.ts';
import type { StatefulSet } from '../../k8s/types.ts';

/** Everything that decides about one broker, read at one moment. */
export interface Observed extends Logins, Roots {
  /** Services that take part in events through this broker, in order. */
  services: readonly EventEdges[];
  /** Those of them whose pods of a former revision may still run. */
  rolling: ReadonlySet<string>;
  /** Services that take part no more and whose pods still do: only the network lets them in. */
  formerServices: readonly string[];
  certificate: ServerCertificate & { pair: KeyPair };
  pods: readonly EnginePod[];
  /** The StatefulSet of the nodes, once it is there. */
  workload?: StatefulSet | undefined;
  /** What the API server says of pods that it does not make. */
  refusal: string | undefined;
  /** Nodes that there are now, by the StatefulSet, or by the volumes where there is none: a cluster never shrinks by itself. */
  presentNodes: number;
}
