import type { EncryptedStore } from '../api/encryptedstore.ts';
import type { HealthcareService } from '../api/healthcareservice.ts';
import type { MessageBroker } from '../api/messagebroker.ts';

/** What a graph is made of: the objects as they are declared, of one namespace or of many. */
export interface Declared {
  services: readonly HealthcareService[];
  stores: readonly EncryptedStore[];
  brokers: readonly MessageBroker[];
}

export type NodeKind = 'service' | 'store' | 'broker';

export interface GraphNode {
  /** Unique and stable: `clinic/service/identity`. */
  id: string;
  kind: NodeKind;
  namespace: string;
  name: string;
  /** Role of a service, engine of a store; empty for what does not exist. */
  detail: string;
  /** False for the other end of an edge that leads nowhere. */
  exists: boolean;
}

export interface GraphEdge {
  kind: 'calls' | 'publishes' | 'consumes' | 'stores';
  /** Id of the service that declares the edge. */
  from: string;
  /** Id of the called service, of the store, or of the broker that carries the event. */
  to: string;
  /** `http:8080` or `smtp` (unknown number) of a call, the event's name, nothing for a store. */
  label: string;
}

/**
 * `dangling`: the other end does not exist. `one-sided`: an event without a publisher or without a consumer. `unused`:
 * no edge leads to an object. `cycle`: services call each other in a circle, which is allowed.
 */
export type FindingKind = 'dangling' | 'one-sided' | 'unused' | 'cycle';

export interface Finding {
  kind: FindingKind;
  /** Id of the node that it is about. */
  node: string;
  message: string;
}

/** The declared edges and the findings about them, in a fixed order. */
export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  findings: Finding[];
}
