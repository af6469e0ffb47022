import { machineLines, type Machine } from '../lib/machine.ts';
import type { ProgramCpu } from './processes.ts';

export interface IdleResult {
  machine: Machine;
  seconds: number;
  /** Processes and threads that were started. */
  forksPerSecond: number;
  programs: readonly ProgramCpu[];
}

/** Programs below this share of a core are summed up. */
const LEAST_MS = 0.5;

/** The page `bench/results/idle.md`. */
export function idleReport({ machine, seconds, forksPerSecond, programs }: IdleResult): string {
  const sum = (list: readonly ProgramCpu[]): number => list.reduce((all, one) => all + one.milliseconds, 0);
  const total = sum(programs);
  const shown = programs.filter(({ milliseconds }) => milliseconds >= LEAST_MS);
  const share = (total / machine.cores / 10).toFixed(1);
  return [
    '# Idle',
    '',
    ...machineLines(machine),
    '',
    `CPU of every process of the machine in ${seconds.toFixed(0)} seconds: ${share} % of ${machine.cores} cores. ${forksPerSecond.toFixed(1)} processes and threads were started a second.`,
    'The time of children that have ended counts for their parent: probes that run in a container are its shim’s.',
    '',
    '| Program | processes | CPU (ms a second) |',
    '| --- | --- | --- |',
    ...shown.map(
      ({ program, processes, milliseconds }) => `| ${program} | ${processes} | ${milliseconds.toFixed(1)} |`,
    ),
    `| all others | ${programs.length - shown.length} programs | ${(total - sum(shown)).toFixed(1)} |`,
    '',
  ].join('\n');
}
