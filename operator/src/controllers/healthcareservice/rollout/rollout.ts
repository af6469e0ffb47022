import type { RevisionDecision } from './decision.ts';
import type { Fault } from './fault.ts';
import type { Deployment, Pod } from '../../../k8s/types.ts';
import type { Revision } from './revision.ts';
import type { History } from './history.ts';

/** Which revision a service is to run, and how far the Deployment that was seen is from it. */
export interface Rollout {
  deployment: Deployment | undefined;
  pods: readonly Pod[];
  /** Whether pods were ever, or are now to be, rolled out. */
  isBegun: boolean;
  /** Somebody asked for nothing to be done. */
  isPaused: boolean;
  /** Replicas that are wanted. */
  wanted: number;
  /** Whether every pod runs the revision that is to run, and one of them is, or was, available; a Deployment of another one is never complete. */
  isComplete: boolean;
  /** Hash of the revision that the spec asks for. */
  target: string;
  /** The revision that is to run. */
  serving: Revision;
  decision: RevisionDecision;
  /** The last revision that was Ready, apart from the spec's. */
  former: Revision | undefined;
  history: History;
  /** Hash of the last revision that was Ready, when none of those could start a pod now (`lostFiles`). */
  unstartable: string | undefined;
  /** Revisions apart from the spec's that run, are to run, or may have to run again. */
  others: readonly Revision[];
  /** What speaks against the spec's revision. */
  fault: Fault | undefined;
  /** `careplane.dev/rollback-to`, when it names no revision that is known, or none that could start a pod. */
  unknownPin: string | undefined;
}
