import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installCrds, startApiServer, type AuditedWrite, type RunningApiServer } from '@careplane/testing';
import { BENCH_CACHE, ROOT } from '../lib/cache.ts';
import { runMeasured, startMeasured, untilIdle } from '../lib/process.ts';
import type { Contestant } from './contestants.ts';

/** The harness's output; see harness/main.go. */
export interface Harnessed {
  n: number;
  ready: number;
  createdIn: number;
  firstReady: number;
  allReady: number;
  events: number;
  cpu: Record<string, number>;
  operatorCpuToReady: number;
  operatorCpuToSettled: number;
  operatorCpuAtRest: number;
  operatorCpuOfChanges: number;
  rssBefore: number;
  rssReady: number;
  rssRest: number;
  rssPeak: number;
  isSettled: boolean;
  settledIn: number;
  restSeconds: number;
  changes: number[] | null;
  unansweredChanges: number;
  marks: Record<'begun' | 'ready' | 'settled' | 'rested' | 'finished', string>;
}

/** Writes of the operator by verb and resource, without leases. */
export type Tally = Record<string, number>;

export interface Figures extends Harnessed {
  id: string;
  title: string;
  children: number;
  writesToReady: Tally;
  writesAfter: Tally;
  writesOfChanges: Tally;
  /** Refused writes. */
  refused: Tally;
}

export interface MeasureOptions {
  n: number;
  changes: number;
  signal: AbortSignal;
}

/** The operator's user at the API server; other users' writes are not counted. */
const USER = 'operator';

/** Measures one operator on a control plane of its own, and removes the control plane. */
export async function measure(contestant: Contestant, options: MeasureOptions): Promise<Figures> {
  const { scenario } = contestant;
  const flags = scenario.controllerManagerFlags;
  const server = await startApiServer({ withControllerManager: true, controllerManagerFlags: flags });
  try {
    await installCrds(server.api, join(ROOT, scenario.crds));
    const harnessed = await contest(contestant, server, options);
    return figuresOf(contestant, harnessed, await server.writes({ user: USER }));
  } finally {
    await server.stop();
  }
}

async function contest(
  contestant: Contestant,
  server: RunningApiServer,
  { n, changes, signal }: MeasureOptions,
): Promise<Harnessed> {
  const folder = join(BENCH_CACHE, 'runs', contestant.id);
  await mkdir(folder, { recursive: true });
  const command = await contestant.command(await server.kubeconfigFor(USER));
  const operator = await startMeasured(command, join(folder, 'operator.log'));
  try {
    await untilIdle(operator);
    const { group, version, plural, object, change, changeAsText } = contestant.scenario;
    const plan = {
      ...{ group, version, plural, object, change, changeAsText },
      kubeconfig: server.kubeconfigPath,
      namespaces: ['bench'],
      n,
      workers: 16,
      operatorPid: operator.pid,
      pids: server.pids(),
      readyLimit: 240,
      settleLimit: contestant.settleLimit,
      rest: contestant.rest,
      changes,
      changesLimit: 20,
    };
    const [planPath, resultPath] = [join(folder, 'plan.json'), join(folder, 'result.json')];
    await writeFile(planPath, JSON.stringify(plan));
    const harness = { program: join(BENCH_CACHE, 'go', 'harness'), args: [planPath, resultPath] };
    await runMeasured(harness, join(folder, 'harness.log'), signal);
    return JSON.parse(await readFile(resultPath, 'utf8')) as Harnessed;
  } finally {
    await operator.end();
  }
}

function figuresOf(contestant: Contestant, harnessed: Harnessed, writes: readonly AuditedWrite[]): Figures {
  const { id, title, scenario } = contestant;
  const { begun, ready, rested, finished } = harnessed.marks;
  const within = (from: string, to: string): AuditedWrite[] =>
    writes.filter(({ at }) => at >= Date.parse(from) && at < Date.parse(to));
  return {
    id,
    title,
    children: scenario.children,
    ...harnessed,
    writesToReady: tallyOf(within(begun, ready)),
    writesAfter: tallyOf(within(ready, rested)),
    writesOfChanges: tallyOf(within(rested, finished)),
    refused: tallyOf(within(begun, finished).filter(({ status }) => status >= 400)),
  };
}

function tallyOf(writes: readonly AuditedWrite[]): Tally {
  const tally: Tally = {};
  for (const { verb, resource, subresource } of writes) {
    if (resource === 'leases') continue;
    const name = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
    tally[name] = (tally[name] ?? 0) + 1;
  }
  return tally;
}

export function sumOf(tally: Tally): number {
  return Object.values(tally).reduce((total, count) => total + count, 0);
}
