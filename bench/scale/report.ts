import type { Heap } from '../lib/heap.ts';
import { machineLines, type Machine } from '../lib/machine.ts';
import type { BystanderFigures } from './bystanders.ts';
import type { GrowthFigures } from './growth.ts';

export interface ScaleResult {
  machine: Machine;
  bystanders?: BystanderFigures;
  growth?: GrowthFigures[];
  failovers?: number[];
}

/** The result page. */
export function scaleReport({ machine, bystanders, growth, failovers }: ScaleResult): string {
  return [
    '# The operator as a cluster grows',
    '',
    ...machineLines(machine),
    'Heap is what is left after a collection. Every part runs on a fresh control plane without nodes.',
    '',
    ...(bystanders === undefined ? [] : bystanderLines(bystanders)),
    ...(growth === undefined ? [] : growthLines(growth)),
    ...(failovers === undefined ? [] : failoverLines(failovers)),
  ].join('\n');
}

function bystanderLines({ bystanders, before, after }: BystanderFigures): string[] {
  const count = bystanders.toLocaleString('en-US');
  return [
    `## ${count} Secrets and ConfigMaps of others`,
    '',
    `They add ${(after.used - before.used).toFixed(1)} MiB of heap and ${(after.rss - before.rss).toFixed(1)} MiB of memory to an operator with 100 services`,
    `(heap ${mib(before, 'used')} to ${mib(after, 'used')}, memory ${mib(before, 'rss')} to ${mib(after, 'rss')}).`,
    '',
  ];
}

function growthLines(growth: readonly GrowthFigures[]): string[] {
  const rows = growth.map(({ services, seconds, ready, start, end, peakRss }) => [
    services.toLocaleString('en-US'),
    ready === services ? `${seconds.toFixed(0)} s` : `only ${ready}`,
    mib(end, 'used'),
    `${(((end.used - start.used) * 1_024) / services).toFixed(1)} KiB`,
    mib(end, 'rss'),
    `${peakRss.toFixed(0)} MiB`,
  ]);
  const head = ['HealthcareServices', 'Ready after', 'heap', 'heap each', 'memory', 'peak memory'];
  return [
    '## More and more HealthcareServices',
    '',
    ...[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`),
    '',
    ...slope(growth),
    '',
  ];
}

/** The growth of memory per cached object. */
function slope(growth: readonly GrowthFigures[]): string[] {
  const [first, last] = [growth[0], growth.at(-1)];
  if (first === undefined || last === undefined || first === last) return [];
  const factor = last.services / first.services;
  const memory = last.end.rss / first.end.rss;
  const heap = last.end.used / first.end.used;
  return [
    `${factor} times as many take ${heap.toFixed(1)} times the heap and ${memory.toFixed(1)} times the memory.`,
  ];
}

function failoverLines(seconds: readonly number[]): string[] {
  const listed = seconds.map((value) => value.toFixed(1)).join(', ');
  return [
    '## Failover',
    '',
    `From \`kill -9\` of the leader of two to the report of a change that was made right after it: ${listed} s;`,
    `at most ${Math.max(...seconds).toFixed(1)} s.`,
    '',
  ];
}

function mib(heap: Heap, key: keyof Heap): string {
  return `${heap[key].toFixed(1)} MiB`;
}
