import { setTimeout as delay } from 'node:timers/promises';
import type { RunningApiServer } from '@careplane/testing';
import { heapOf, type Heap } from '../lib/heap.ts';
import { applyService, NAMESPACE, observed, startOperator, startPlane } from './plane.ts';

export interface BystanderFigures {
  bystanders: number;
  before: Heap;
  after: Heap;
}

const SERVICES = 100;
const AT_ONCE = 16;
/** Content of a Secret that does not concern the operator. */
const PAYLOAD = 'x'.repeat(1_024);
/** Time until the effects of the creation have settled. */
const SETTLE_MS = 15_000;

/** The operator's memory before and after Secrets and ConfigMaps appear that do not concern it. */
export async function measureBystanders(count: number, signal: AbortSignal): Promise<BystanderFigures> {
  const server = await startPlane();
  try {
    const operator = await startOperator(server, 'bystanders');
    try {
      for (let index = 0; index < SERVICES; index++) await applyService(server, `hs-${index}`);
      await observed(server, `hs-${SERVICES - 1}`, 1);
      await delay(SETTLE_MS);
      const before = await heapOf(operator);
      await createBystanders(server, count, signal);
      await delay(SETTLE_MS);
      return { bystanders: count, before, after: await heapOf(operator) };
    } finally {
      await operator.end();
    }
  } finally {
    await server.stop();
  }
}

async function createBystanders(server: RunningApiServer, count: number, signal: AbortSignal): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => index).values();
  const work = async (): Promise<void> => {
    for (const number of numbers) {
      signal.throwIfAborted();
      const isSecret = number % 2 === 0;
      await server.api.demand(
        'POST',
        `/api/v1/namespaces/${NAMESPACE}/${isSecret ? 'secrets' : 'configmaps'}`,
        {
          body: {
            apiVersion: 'v1',
            kind: isSecret ? 'Secret' : 'ConfigMap',
            metadata: { name: `bystander-${number}`, labels: { app: 'other' } },
            ...(isSecret ? { stringData: { payload: PAYLOAD } } : { data: { payload: PAYLOAD } }),
          },
        },
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
