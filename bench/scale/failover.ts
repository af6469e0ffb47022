import type { RunningApiServer } from '@careplane/testing';
import type { Measured } from '../lib/process.ts';
import { applyService, observed, startOperator, startPlane } from './plane.ts';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/default/leases/careplane-operator';

/** Seconds from `kill -9` of the leader of two until a change right after it is reported; several times. */
export async function measureFailovers(times: number, signal: AbortSignal): Promise<number[]> {
  const server = await startPlane();
  const operators = new Map<string, Measured>();
  const start = async (name: string): Promise<void> => {
    operators.set(name, await startOperator(server, name));
  };
  try {
    await start('failover-0');
    await start('failover-1');
    await observed(server, 'watched', await applyService(server, 'watched'));
    const seconds: number[] = [];
    for (let round = 1; round <= times; round++) {
      signal.throwIfAborted();
      const leader = await leaderOf(server);
      const started = performance.now();
      await operators.get(leader)?.kill();
      await observed(server, 'watched', await applyService(server, 'watched', round));
      seconds.push((performance.now() - started) / 1_000);
      await start(leader);
    }
    return seconds;
  } finally {
    for (const operator of operators.values()) await operator.kill();
    await server.stop();
  }
}

async function leaderOf(server: RunningApiServer): Promise<string> {
  const { spec } = (await server.api.demand('GET', LEASE)) as { spec: { holderIdentity: string } };
  return spec.holderIdentity;
}
