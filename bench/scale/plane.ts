import { join } from 'node:path';
import { installCrds, startApiServer, until, type RunningApiServer } from '@careplane/testing';
import { BENCH_CACHE, ROOT } from '../lib/cache.ts';
import { withHeapProbe } from '../lib/heap.ts';
import { startMeasured, untilIdle, type Measured } from '../lib/process.ts';
import { careplaneOperator } from '../operator/contestants.ts';
import { HEALTHCARE } from '../operator/scenario.ts';

export const NAMESPACE = 'scale';
const SERVICES = `/apis/${HEALTHCARE.group}/${HEALTHCARE.version}/namespaces/${NAMESPACE}/${HEALTHCARE.plural}`;

/** A fresh control plane with Careplane's CRDs. */
export async function startPlane(): Promise<RunningApiServer> {
  const controllerManagerFlags = HEALTHCARE.controllerManagerFlags;
  const server = await startApiServer({ withControllerManager: true, controllerManagerFlags });
  await installCrds(server.api, join(ROOT, 'crds'));
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
  await server.api.apply(`/api/v1/namespaces/${NAMESPACE}`, object);
  return server;
}

/** The operator as in production, with the heap probe. */
export async function startOperator(server: RunningApiServer, name: string): Promise<Measured> {
  const kubeconfig = await server.kubeconfigFor('operator');
  const command = withHeapProbe(await careplaneOperator(kubeconfig, `--identity=${name}`));
  const operator = await startMeasured(command, join(BENCH_CACHE, 'scale', `${name}.log`), true);
  await untilIdle(operator);
  return operator;
}

export async function applyService(server: RunningApiServer, name: string, round = 0): Promise<number> {
  const { spec, ...kind } = HEALTHCARE.object as { spec: object };
  const object = { ...kind, metadata: { name }, spec: { ...spec, config: { ROUND: String(round) } } };
  const applied = (await server.api.apply(`${SERVICES}/${name}`, object)) as {
    metadata: { generation: number };
  };
  return applied.metadata.generation;
}

/** Waits until the operator has reported this generation. */
export async function observed(server: RunningApiServer, name: string, generation: number): Promise<void> {
  await until(
    async () => {
      const { status } = (await server.api.demand('GET', `${SERVICES}/${name}`)) as {
        status?: { observedGeneration?: number };
      };
      return (status?.observedGeneration ?? 0) >= generation;
    },
    { what: `generation ${generation} of ${name} to be observed`, deadlineMs: 120_000, everyMs: 20 },
  );
}
