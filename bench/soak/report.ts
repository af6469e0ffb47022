import type { Heap } from '../lib/heap.ts';
import { machineLines, type Machine } from '../lib/machine.ts';
import type { Sayings } from './operators.ts';

export interface SoakResult {
  machine: Machine;
  minutes: number;
  seed: number;
  deeds: Record<string, number>;
  /** Seconds of each convergence. */
  converging: number[];
  /** Heap of each operator after a collection, in the same declared state. */
  before: Heap[];
  after: Heap[];
  /** Started processes. */
  starts: number;
  sayings: Sayings;
}

/** The result page. */
export function soakReport(result: SoakResult): string {
  const { machine, minutes, seed, deeds, converging, before, after, starts, sayings } = result;
  return [
    '# Soak',
    '',
    ...machineLines(machine),
    '',
    `${minutes} minutes of random deeds (seed ${seed}) on a control plane without nodes, with two operators of which one leads.`,
    'Every time in between, and in the end, everything was as the controllers plan it, and then nothing was written for ten seconds.',
    '',
    '| Deed | Times |',
    '| --- | --- |',
    ...Object.entries(deeds).map(([name, count]) => `| ${name} | ${count} |`),
    '',
    `Operator processes started: ${starts}. Seconds to converge: ${converging.map((seconds) => seconds.toFixed(0)).join(', ')}.`,
    '',
    '| Operator of the last third | heap before | heap after | ratio | memory after |',
    '| --- | --- | --- | --- | --- |',
    ...after.map((heap, index) => heapRow(index, before[index], heap)),
    '',
    '## Warnings and errors of the operators',
    '',
    ...[...sayings.explained].map(([reason, count]) => `- ${count} times: ${reason}`),
    `- ${sayings.unexplained.length} that nothing explains`,
    ...sayings.unexplained.slice(0, 20).map((line) => `  - \`${line.slice(0, 300)}\``),
    '',
  ].join('\n');
}

function heapRow(index: number, before: Heap | undefined, after: Heap): string {
  const base = before?.used ?? Number.NaN;
  const ratio = (after.used / base).toFixed(2);
  return `| ${index + 1} | ${base.toFixed(1)} MiB | ${after.used.toFixed(1)} MiB | ${ratio} | ${after.rss.toFixed(0)} MiB |`;
}
