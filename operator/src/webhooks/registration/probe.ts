import { ApiError } from '../../runtime/errors.ts';
import type { KubeClient } from '../../runtime/client/client.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import { PROBE_LABEL, PROBE_NAME, type Registration } from './configuration.ts';

/** Whether the API server reaches the webhooks. `unheard`: it does not know of the probe yet. */
export interface Reach {
  answer: 'reached' | 'unheard' | 'unreachable';
  /** The API server's words. */
  problem?: string;
}

/** Longer than the API server waits for the webhook. */
const TIMEOUT_MS = 10_000;

/**
 * Asks through the API server, since a pod's own way to the Service says nothing about the API server's: it is to make, as a
 * dry run, an object that our own webhook refuses. Only who was reached can refuse it.
 */
export async function reachThroughApiServer(
  client: Pick<KubeClient, 'dryRun'>,
  registration: Pick<Registration, 'name' | 'namespace'>,
  signal: AbortSignal,
): Promise<Reach> {
  try {
    await client.dryRun(probeObject(registration), { signal, timeoutMs: TIMEOUT_MS, attempts: 1 });
    return { answer: 'unheard' };
  } catch (error) {
    return reachOf(error);
  }
}

/** What a refused probe tells. @throws the error when it is not about the webhook */
export function reachOf(error: unknown): Reach {
  if (!(error instanceof ApiError)) throw error;
  const { message } = error;
  if (message.includes(`admission webhook "${PROBE_NAME}" denied`)) return { answer: 'reached' };
  if (message.includes(`failed calling webhook "${PROBE_NAME}"`))
    return { answer: 'unreachable', problem: message };
  throw error;
}

function probeObject({ name, namespace }: Pick<Registration, 'name' | 'namespace'>): AnyObject {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: `${name}-webhook-probe`, namespace, labels: { [PROBE_LABEL]: name } },
    spec: {},
  };
}
