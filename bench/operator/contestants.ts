import { join } from 'node:path';
import { bundleInto } from '../lib/bundle.ts';
import { BENCH_CACHE, ROOT } from '../lib/cache.ts';
import type { Command } from '../lib/process.ts';
import { BENCH, HEALTHCARE, type Scenario } from './scenario.ts';

/** A measured operator. */
export interface Contestant {
  id: string;
  title: string;
  scenario: Scenario;
  /** The start command, for a kubeconfig. */
  command(kubeconfig: string): Promise<Command>;
  /** Seconds to wait for its last write, and to watch it idle afterwards. */
  settleLimit: number;
  rest: number;
}

/** The flags of the operator's chart. */
const SMALL_HEAP = ['--max-semi-space-size=2', '--heap-growing-percent=40'];

/** As in the chart: otherwise glibc keeps a memory pool for each thread and returns little of it. */
const FEW_ARENAS = { MALLOC_ARENA_MAX: '2' };

/** Additional flags (`--cpu-prof`, `--trace-gc`) from CAREPLANE_BENCH_NODE_FLAGS. */
function node(flags: readonly string[], program: string, ...args: string[]): Command {
  const further = (process.env['CAREPLANE_BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');
  return {
    program: process.execPath,
    args: ['--enable-source-maps', ...flags, ...further, program, ...args],
    env: FEW_ARENAS,
  };
}

async function careplaneBench(kubeconfig: string): Promise<Command> {
  const program = await bundleInto('careplane-bench', 'bench/operator/careplane/main.ts');
  const command = node(SMALL_HEAP, program);
  return { ...command, env: { ...command.env, KUBECONFIG: kubeconfig } };
}

/** The operator with its image's command, apart from the addresses. */
export async function careplaneOperator(kubeconfig: string, ...further: string[]): Promise<Command> {
  const program = await bundleInto('careplane-operator', 'operator/src/main.ts');
  const flags = [
    `--kubeconfig=${kubeconfig}`,
    '--lease-namespace=default',
    '--bind-address=127.0.0.1',
    '--port=0',
    `--observability-dir=${join(ROOT, 'observability')}`,
  ];
  return node(SMALL_HEAP, program, ...flags, ...further);
}

function controllerRuntime(...flags: string[]): Contestant['command'] {
  return (kubeconfig) =>
    Promise.resolve({
      program: join(BENCH_CACHE, 'go', 'controller-runtime'),
      args: flags,
      env: { KUBECONFIG: kubeconfig },
    });
}

function kopf(kubeconfig: string): Promise<Command> {
  const script = join(ROOT, 'bench/operator/peers/kopf/op.py');
  const env = { KUBECONFIG: kubeconfig, PYTHONDONTWRITEBYTECODE: '1' };
  const args = ['run', '--standalone', '--all-namespaces', '--quiet', script];
  return Promise.resolve({ program: join(BENCH_CACHE, 'python', 'bin', 'kopf'), args, env });
}

async function clientNode(kubeconfig: string): Promise<Command> {
  const program = await bundleInto('client-node', 'bench/operator/peers/client-node/op.ts');
  return { ...node([], program), env: { KUBECONFIG: kubeconfig } };
}

/** In the order of a run. */
export const CONTESTANTS: readonly Contestant[] = [
  {
    id: 'careplane',
    title: 'Careplane',
    scenario: BENCH,
    command: careplaneBench,
    settleLimit: 60,
    rest: 45,
  },
  {
    id: 'controller-runtime',
    title: 'controller-runtime 0.25.2',
    scenario: BENCH,
    command: controllerRuntime('-qps=0'),
    settleLimit: 90,
    rest: 0,
  },
  {
    id: 'controller-runtime-predicates',
    title: 'controller-runtime, with GenerationChangedPredicate',
    scenario: BENCH,
    command: controllerRuntime('-qps=0', '-pred'),
    settleLimit: 60,
    rest: 0,
  },
  {
    id: 'healthcareservices',
    title: 'Careplane, HealthcareService',
    scenario: HEALTHCARE,
    command: (kubeconfig) => careplaneOperator(kubeconfig),
    settleLimit: 60,
    rest: 30,
  },
  {
    id: 'kopf',
    title: 'kopf 1.45.2',
    scenario: BENCH,
    command: kopf,
    settleLimit: 30,
    rest: 0,
  },
  {
    id: 'client-node',
    title: 'plain @kubernetes/client-node 2.0.1',
    scenario: BENCH,
    command: clientNode,
    settleLimit: 45,
    rest: 0,
  },
];

/** A shorter run, only for the time until all are Ready. */
export function brief(contestant: Contestant): Contestant {
  return { ...contestant, settleLimit: 1, rest: 0 };
}
