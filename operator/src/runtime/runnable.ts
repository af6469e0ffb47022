import type { KubeClient } from './client/client.ts';
import type { Informers } from './cache/informers.ts';

/** Something that runs in every replica beside the controllers and shares their caches, readiness and leadership. */
export interface Runnable {
  /** Called once, before the informers have listed anything. */
  start(parts: { client: KubeClient; informers: Informers }): Promise<void>;
  /** What keeps `/readyz` from 200, in words. */
  failing(): string[];
  /** What only the leader does, until the signal. The client is fenced by the lease. Must not reject. */
  lead?(leadership: { client: KubeClient; signal: AbortSignal }): Promise<void>;
  stop(): Promise<void>;
}
