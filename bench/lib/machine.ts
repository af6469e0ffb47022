import { execFile } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { ROOT } from './cache.ts';

const run = promisify(execFile);

/** A load above this share of the cores distorts the times. */
const BUSY_SHARE = 0.25;

export interface Machine {
  date: string;
  cpu: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  /** Average of the last minute. */
  load: number;
  isBusy: boolean;
  node: string;
  /** Short hash; with `+` when the checkout differs from it. */
  commit: string;
}

/** The machine that the figures were measured on. */
export async function describeMachine(): Promise<Machine> {
  const [first] = cpus();
  const cores = cpus().length;
  const [load = 0] = loadavg();
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    cpu: first?.model.trim() ?? 'unknown',
    cores,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    load: Number(load.toFixed(2)),
    isBusy: load > BUSY_SHARE * cores,
    node: process.version,
    commit: await commit(),
  };
}

async function commit(): Promise<string> {
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', args, { cwd: ROOT })).stdout.trim();
  const hash = await git('rev-parse', '--short', 'HEAD');
  return (await git('status', '--porcelain')) === '' ? hash : `${hash}+`;
}

/** The first lines of a result page. */
export function machineLines(machine: Machine): string[] {
  const { date, cpu, cores, memoryGiB, kernel, load, isBusy, node, commit: hash } = machine;
  return [
    `Measured ${date} UTC at commit ${hash} on ${cores} cores (${cpu}), ${memoryGiB} GiB of memory, Linux ${kernel}, Node ${node}.`,
    `Load in the minute before: ${load}${isBusy ? ' (**busy: the times are longer than they are on a quiet machine**)' : ''}.`,
  ];
}
