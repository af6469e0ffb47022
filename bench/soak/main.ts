import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installCrds, startApiServer, startTcpProxy, until, type RunningApiServer } from '@careplane/testing';
import { BENCH_CACHE, RESULTS, ROOT } from '../lib/cache.ts';
import type { Heap } from '../lib/heap.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { describeMachine } from '../lib/machine.ts';
import { careplaneOperator } from '../operator/contestants.ts';
import { Checker } from './checker.ts';
import { Operators, type Sayings } from './operators.ts';
import { randomOf } from './random.ts';
import { soakReport, type SoakResult } from './report.ts';
import { declareAll, storm, type Deeds, type StormParts } from './storm.ts';
import { soakControllers } from './controllers.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    out: { type: 'string', default: RESULTS },
  },
});

/** Allowed growth of the heap between two measurements of the same declared state, as a share. */
const LEAK_SHARE = 0.1;
/** Timeout of the convergence after a storm. */
const CONVERGE_MS = 240_000;
/** The first part of the run fills caches and pools and compiles code. */
const WARM_UP_SHARE = 0.2;

async function main(signal: AbortSignal): Promise<void> {
  const machine = await describeMachine();
  const folder = join(BENCH_CACHE, 'soak');
  await rm(folder, { recursive: true, force: true });
  const server = await startApiServer({
    withControllerManager: true,
    controllerManagerFlags: ['--kube-api-qps=200', '--kube-api-burst=400'],
  });
  const proxy = await startTcpProxy(server.port);
  let operators: Operators | undefined;
  try {
    await installCrds(server.api, join(ROOT, 'crds'));
    const url = `https://127.0.0.1:${proxy.port}`;
    operators = new Operators(
      await careplaneOperator(await server.kubeconfigFor('operator', { url }), '--removal-grace-seconds=0'),
      folder,
    );
    const parts = { server, proxy, operators, random: randomOf(Number(values.seed)) };
    const result = await soak(parts, signal);
    const sayings = await operators.sayings();
    await publish({ ...result, machine, sayings });
  } finally {
    await operators?.stop();
    await proxy.stop();
    await server.stop();
  }
}

type Soaked = Omit<SoakResult, 'machine' | 'sayings'>;

async function soak(parts: StormParts, signal: AbortSignal): Promise<Soaked> {
  const { server, operators } = parts;
  const seed = Number(values.seed);
  const wholeMs = Number(values.minutes) * 60_000;
  const checker = await Checker.start(server.kubeconfigPath, soakControllers());
  const deeds: Deeds[] = [];
  try {
    await operators.start(0);
    await operators.start(1);
    const converge = async (): Promise<number> => {
      await declareAll(server, randomOf(seed));
      return converged(checker, signal);
    };
    console.log(`soak: ${values.minutes} minutes, seed ${seed}`);
    const converging = [await converge()];
    deeds.push(await storm(parts, (wholeMs * 2) / 3, { withRestarts: true, signal }));
    converging.push(await converge());
    // The heap now and at the end must be equal.
    deeds.push(await storm(parts, (wholeMs / 3) * WARM_UP_SHARE, { withRestarts: false, signal }));
    converging.push(await converge());
    const before = await operators.heaps();
    deeds.push(await storm(parts, (wholeMs / 3) * (1 - WARM_UP_SHARE), { withRestarts: false, signal }));
    converging.push(await converge());
    const after = await operators.heaps();
    await stayQuiet(server);
    return {
      minutes: Number(values.minutes),
      seed,
      deeds: summed(deeds),
      converging,
      before,
      after,
      starts: operators.starts,
    };
  } finally {
    await checker.stop();
  }
}

/** Seconds until the checker finds nothing. @throws Error with its findings after the deadline. */
async function converged(checker: Checker, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  let faults: string[] = [];
  try {
    await until(
      async () => {
        signal.throwIfAborted();
        faults = await checker.faults();
        return faults.length === 0;
      },
      { what: 'everything to be as planned', deadlineMs: CONVERGE_MS, everyMs: 1_000 },
    );
  } catch (error) {
    throw new Error(`not converged:\n${faults.slice(0, 20).join('\n')}`, { cause: error });
  }
  const seconds = (performance.now() - started) / 1_000;
  console.log(`converged after ${seconds.toFixed(0)} s`);
  return seconds;
}

/** Checks that converged operators write nothing. @throws Error with their writes. */
async function stayQuiet(server: RunningApiServer): Promise<void> {
  const writes = async (): Promise<string[]> =>
    (await server.writes({ user: 'operator' }))
      .filter(({ resource }) => resource !== 'leases' && resource !== 'events')
      .map(({ verb, resource, namespace, name }) => `${verb} ${resource} ${namespace ?? ''}/${name ?? ''}`);
  await until(
    async () => {
      const before = (await writes()).length;
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      return (await writes()).length === before;
    },
    { what: 'ten seconds without a write', deadlineMs: 60_000 },
  );
}

function summed(all: readonly Deeds[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const deeds of all) for (const [name, count] of deeds) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

/** Writes the page, and fails when the soak found a fault. */
async function publish(result: SoakResult): Promise<void> {
  await mkdir(values.out, { recursive: true });
  await writeFile(join(values.out, 'soak.md'), soakReport(result));
  console.log(`written: ${join(values.out, 'soak.md')}`);
  const faults = [...leaks(result.before, result.after), ...unexplained(result.sayings)];
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

function leaks(before: readonly Heap[], after: readonly Heap[]): string[] {
  return after.flatMap(({ used }, index) => {
    const base = before[index]?.used ?? Number.NaN;
    const isLeak = !(used <= base * (1 + LEAK_SHARE));
    return isLeak
      ? [`operator ${index}: the heap grew from ${base.toFixed(1)} to ${used.toFixed(1)} MiB`]
      : [];
  });
}

function unexplained({ unexplained: lines }: Sayings): string[] {
  return lines.length === 0
    ? []
    : [`${lines.length} lines of the operators' logs that nothing explains:`, ...lines.slice(0, 20)];
}

await untilInterrupted(main);
