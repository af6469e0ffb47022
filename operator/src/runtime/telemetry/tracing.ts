import { randomBytes } from 'node:crypto';
import type { ApiCall } from '../client/transport.ts';

/** The object of a reconcile, as it is named in spans and logs. */
export interface Subject {
  kind: string;
  namespace: string | undefined;
  name: string;
  generation: number | undefined;
}

/** A part of a reconcile. */
export type Phase = 'observe' | 'plan' | 'apply' | 'act' | 'status';

/** Follows what a reconcile does. Attributes are names of objects, verbs and codes: never contents. */
export interface Tracing {
  /** Runs one reconcile; `work` is told the id of its trace. */
  reconcile: <T>(subject: Subject, work: (traceId: string) => Promise<T>) => Promise<T>;
  phase: <T>(phase: Phase, work: () => Promise<T>) => Promise<T>;
  /** A call to the API server has ended; it belongs to what runs now. */
  onCall: (call: ApiCall) => void;
  /** Sends what is left. */
  stop: () => Promise<void>;
}

/** Traces go nowhere; the logs of a reconcile still share an id. */
export const noTracing: Tracing = {
  reconcile: (_subject, work) => work(randomBytes(16).toString('hex')),
  phase: (_phase, work) => work(),
  onCall: () => undefined,
  stop: () => Promise.resolve(),
};
