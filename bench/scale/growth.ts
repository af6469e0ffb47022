import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BENCH_CACHE } from '../lib/cache.ts';
import { heapOf, type Heap } from '../lib/heap.ts';
import { memoryOf, runMeasured } from '../lib/process.ts';
import type { Harnessed } from '../operator/measure.ts';
import { HEALTHCARE } from '../operator/scenario.ts';
import { startOperator, startPlane } from './plane.ts';

export interface GrowthFigures {
  services: number;
  /** Seconds until all are Ready. */
  seconds: number;
  ready: number;
  start: Heap;
  end: Heap;
  peakRss: number;
}

/** The size of a clinic: the cost of a service depends on its namespace's services, not on the cluster's. */
const SERVICES_PER_NAMESPACE = 100;

/** Creates HealthcareServices from nothing, and measures the operator's memory before and after. */
export async function measureGrowth(services: number, signal: AbortSignal): Promise<GrowthFigures> {
  const server = await startPlane();
  try {
    const operator = await startOperator(server, `growth-${services}`);
    try {
      const start = await heapOf(operator);
      const { group, version, plural, object, change, changeAsText } = HEALTHCARE;
      const namespaces = Array.from(
        { length: Math.ceil(services / SERVICES_PER_NAMESPACE) },
        (_, index) => `growth-${index}`,
      );
      const plan = {
        ...{ group, version, plural, object, change, changeAsText, namespaces },
        kubeconfig: server.kubeconfigPath,
        n: services,
        workers: 16,
        operatorPid: operator.pid,
        pids: server.pids(),
        readyLimit: 1_800,
        settleLimit: 30,
        rest: 0,
        changes: 0,
        changesLimit: 0,
      };
      const harnessed = await harness(plan, `growth-${services}`, signal);
      return {
        services,
        seconds: harnessed.allReady,
        ready: harnessed.ready,
        start,
        end: await heapOf(operator),
        peakRss: await memoryOf(operator.pid, 'VmHWM'),
      };
    } finally {
      await operator.end();
    }
  } finally {
    await server.stop();
  }
}

async function harness(plan: object, name: string, signal: AbortSignal): Promise<Harnessed> {
  const folder = join(BENCH_CACHE, 'scale');
  await mkdir(folder, { recursive: true });
  const [planPath, resultPath] = [join(folder, `${name}-plan.json`), join(folder, `${name}-result.json`)];
  await writeFile(planPath, JSON.stringify(plan));
  const command = { program: join(BENCH_CACHE, 'go', 'harness'), args: [planPath, resultPath] };
  await runMeasured(command, join(folder, `${name}-harness.log`), signal);
  return JSON.parse(await readFile(resultPath, 'utf8')) as Harnessed;
}
