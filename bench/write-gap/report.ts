import { machineLines, type Machine } from '../lib/machine.ts';

export interface WriteGaps {
  machine: Machine;
  /** Milliseconds without an acknowledged write, for each kill in its order. */
  gaps: number[];
  writers: number;
  acknowledged: number;
  /** Writes that failed at their writer. */
  failed: number;
  /** Acknowledged writes that are not there at the end. */
  lost: number;
}

/** Nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** The page `bench/results/write-gap.md`. */
export function gapReport({ machine, gaps, writers, acknowledged, failed, lost }: WriteGaps): string {
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
  return [
    '# Write gap',
    '',
    ...machineLines(machine),
    '',
    `The primary of three members was killed with \`kill -9\`, ${gaps.length} times, under ${writers} writers that book in transactions. The gap`,
    'is the longest time between two acknowledgements. The replica set was made by the code of the operator.',
    '',
    '| p50 | p95 | longest | acknowledged | failed | acknowledged and lost |',
    '| --- | --- | --- | --- | --- | --- |',
    `| ${[
      seconds(percentile(gaps, 0.5)),
      seconds(percentile(gaps, 0.95)),
      seconds(percentile(gaps, 1)),
      acknowledged,
      failed,
      lost,
    ].join(' | ')} |`,
    '',
  ].join('\n');
}
