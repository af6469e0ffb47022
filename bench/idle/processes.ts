import { basename } from 'node:path';
import { statFields, TICKS_PER_SECOND } from '../lib/process.ts';

/** CPU of one process so far. */
export interface ProcessCpu {
  /** Process and start time: a process ID is used again. */
  id: string;
  pid: number;
  /** Process ID of its parent. */
  parent: number;
  /** What stands in a row of the page. */
  program: string;
  /** Ticks of its own, and of its children that have ended: a runtime's `exec` is such a child. */
  ticks: number;
}

/** What decides about a process's row, as /proc tells. */
export interface ProcessFiles {
  /** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
  stat: string;
  /** Its arguments, ended by NUL. */
  cmdline: string;
  /** Its environment likewise; empty where it may not be read. */
  environ: string;
}

/** Pure. `undefined` for the kernel's own threads. */
export function processOf({ stat, cmdline, environ }: ProcessFiles): ProcessCpu | undefined {
  if (cmdline === '') return undefined;
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const fields = statFields(stat).map(Number);
  const pid = Number(stat.slice(0, stat.indexOf(' ')));
  const pod = podOf(environ);
  return {
    id: `${pid} ${String(fields[19])}`,
    pid,
    parent: fields[1] ?? 0,
    program: pod === undefined ? basename(cmdline.split('\0')[0] ?? name) : `${name} in ${pod}`,
    ticks: fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0),
  };
}

/** The workload of the pod that a process runs in: its host name without what Kubernetes puts at its end. */
function podOf(environ: string): string | undefined {
  const variables = environ.split('\0');
  if (!variables.some((variable) => variable.startsWith('KUBERNETES_SERVICE_HOST='))) return undefined;
  const host = variables.find((variable) => variable.startsWith('HOSTNAME='))?.slice('HOSTNAME='.length);
  return host?.replace(/(?:-[0-9a-f]{6,10})?-[a-z0-9]{5}$|-\d+$/, '');
}

/** CPU of all processes of one program, in milliseconds a second. */
export interface ProgramCpu {
  program: string;
  processes: number;
  milliseconds: number;
}

/**
 * What each program took between two moments, the most first. A process that began meanwhile counts from its start; of one that ended
 * meanwhile its ancestor has all the time, so that what it had before is taken off there. Pure.
 */
export function between(
  before: readonly ProcessCpu[],
  after: readonly ProcessCpu[],
  seconds: number,
): ProgramCpu[] {
  const ticksBefore = new Map(before.map(({ id, ticks }) => [id, ticks]));
  const living = new Set(after.map(({ id }) => id));
  const ended = new Map(before.filter(({ id }) => !living.has(id)).map((one) => [one.pid, one]));
  const heirs = Map.groupBy(ended.values(), (one) => heirOf(one, ended));
  const ticksOf = ({ id, pid, ticks }: ProcessCpu): number =>
    ticks - (ticksBefore.get(id) ?? 0) - sumOf(heirs.get(pid) ?? []);
  return [...Map.groupBy(after, ({ program }) => program)]
    .map(([program, list]) => {
      const ticks = list.reduce((sum, one) => sum + ticksOf(one), 0);
      return { program, processes: list.length, milliseconds: (ticks * 1_000) / TICKS_PER_SECOND / seconds };
    })
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

/** Process ID of the nearest ancestor that has not ended: it has the time of all below. */
function heirOf({ parent }: ProcessCpu, ended: ReadonlyMap<number, ProcessCpu>): number {
  const next = ended.get(parent);
  return next === undefined ? parent : heirOf(next, ended);
}

function sumOf(list: readonly ProcessCpu[]): number {
  return list.reduce((sum, { ticks }) => sum + ticks, 0);
}
