import { cpuSecondsOf } from '../lib/process.ts';
import { closedLoop, p95, type Target } from './load.ts';

/** What is measured: who answers, and which processes work for it. */
export interface Contestant {
  readonly name: string;
  /** By name. */
  readonly pids: Readonly<Record<string, number>>;
  readonly target: Target;
}

export interface Cost {
  name: string;
  /** Milliseconds of CPU for a request by process, one a round. */
  cpuMs: Record<string, number[]>;
  perSecond: number[];
  p95: number[];
}

export interface Rounds {
  readonly atOnce: number;
  readonly rounds: number;
  readonly seconds: number;
}

const WARM_SECONDS = 4;

/** Asks all in turns, so that a busy minute of the machine is everybody's. */
export async function measureCosts(
  contestants: readonly Contestant[],
  { atOnce, rounds, seconds }: Rounds,
): Promise<Cost[]> {
  const costs = contestants.map(({ name, pids }): Cost => ({
    name,
    cpuMs: Object.fromEntries(Object.keys(pids).map((process) => [process, []])),
    perSecond: [],
    p95: [],
  }));
  for (const { target } of contestants) await closedLoop(target, atOnce, WARM_SECONDS);
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, contestant] of contestants.entries()) {
      const cost = costs[i];
      if (cost) await measureOnce(contestant, cost, { atOnce, seconds });
    }
  }
  return costs;
}

async function measureOnce(
  { name, pids, target }: Contestant,
  cost: Cost,
  { atOnce, seconds: wanted }: Pick<Rounds, 'atOnce' | 'seconds'>,
): Promise<void> {
  const before = await cpuOf(pids);
  const { accepted, other, refused, seconds } = await closedLoop(target, atOnce, wanted);
  const after = await cpuOf(pids);
  if (other + refused.length > 0) throw new Error(`${name} refused ${other + refused.length}`);
  for (const process of Object.keys(pids))
    cost.cpuMs[process]?.push((((after[process] ?? 0) - (before[process] ?? 0)) * 1_000) / accepted.length);
  cost.perSecond.push(accepted.length / seconds);
  cost.p95.push(p95(accepted));
}

/** Seconds of CPU so far, by process. */
export async function cpuOf(pids: Contestant['pids']): Promise<Record<string, number>> {
  const all = await Promise.all(
    Object.entries(pids).map(async ([name, pid]): Promise<[string, number]> => [
      name,
      await cpuSecondsOf(pid),
    ]),
  );
  return Object.fromEntries(all);
}
