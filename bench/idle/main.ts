import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { RESULTS } from '../lib/cache.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { describeMachine } from '../lib/machine.ts';
import { between, processOf, type ProcessCpu } from './processes.ts';
import { idleReport } from './report.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    out: { type: 'string', default: RESULTS },
  },
});

/** Every process of this machine, as far as it may be read. */
async function processes(): Promise<ProcessCpu[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map(readProcess));
  return found.filter((one) => one !== undefined);
}

async function readProcess(pid: string): Promise<ProcessCpu | undefined> {
  const read = (file: string): Promise<string> => readFile(join('/proc', pid, file), 'utf8');
  try {
    const [stat, cmdline] = await Promise.all([read('stat'), read('cmdline')]);
    return processOf({ stat, cmdline, environ: await read('environ').catch(() => '') });
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

/** Processes and threads since the start of the machine. */
async function forks(): Promise<number> {
  return Number(/^processes (\d+)$/m.exec(await readFile('/proc/stat', 'utf8'))?.[1]);
}

async function main(signal: AbortSignal): Promise<void> {
  const machine = await describeMachine();
  const [before, forksBefore, begun] = [await processes(), await forks(), performance.now()];
  await delay(Number(values.seconds) * 1_000, undefined, { signal });
  const [after, forksAfter] = [await processes(), await forks()];
  const seconds = (performance.now() - begun) / 1_000;
  const result = {
    machine,
    seconds,
    forksPerSecond: (forksAfter - forksBefore) / seconds,
    programs: between(before, after, seconds),
  };
  await mkdir(values.out, { recursive: true });
  await writeFile(join(values.out, 'idle.json'), `${JSON.stringify(result, null, 2)}\n`);
  await writeFile(join(values.out, 'idle.md'), idleReport(result));
  console.log(idleReport(result));
}

await untilInterrupted(main);
