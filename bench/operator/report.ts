import { machineLines, type Machine } from '../lib/machine.ts';
import { sumOf, type Figures, type Tally } from './measure.ts';

/** Careplane and controller-runtime, measured one right after the other. */
export interface Turn {
  ours: Figures;
  theirs: Figures;
}

/** The result page. */
export function report(machine: Machine, all: readonly Figures[], turns: readonly Turn[]): string {
  const n = all[0]?.n ?? 0;
  return [
    '# Reconciling the same resources by several operators',
    '',
    ...machineLines(machine),
    '',
    `${n} custom resources are created at once on a fresh control plane without nodes (Kubernetes 1.36, etcd, API server and`,
    'controller-manager on the same cores), and the operator makes the children of each and reports it Ready. What each column',
    'means: [bench/README.md](../README.md).',
    '',
    ...table(all),
    '',
    ...inTurns(turns),
    '',
    '## Writes',
    '',
    ...all.flatMap((figures) => [
      `- **${figures.title}** to Ready: ${listed(figures.writesToReady)}; after: ${listed(figures.writesAfter)}; refused: ${listed(figures.refused)}`,
    ]),
    '',
  ].join('\n');
}

const HEAD = [
  'Operator',
  'Ready after',
  'children/s',
  'peak memory',
  'its CPU to Ready',
  'API server CPU',
  'writes to Ready',
  'writes after',
  'at rest CPU',
  'change p50 / p99',
];

function table(all: readonly Figures[]): string[] {
  return [HEAD, HEAD.map(() => '---'), ...all.map(row)].map((cells) => `| ${cells.join(' | ')} |`);
}

function row(figures: Figures): string[] {
  const { title, ready, n, allReady, children, rssPeak, operatorCpuToReady, cpu, settledIn, isSettled } =
    figures;
  const watched = settledIn + figures.restSeconds;
  return [
    title,
    ready === n ? `${allReady.toFixed(1)} s` : `${ready} of ${n} after ${allReady.toFixed(0)} s`,
    ((ready * children) / allReady).toFixed(0),
    `${rssPeak.toFixed(0)} MiB`,
    `${operatorCpuToReady.toFixed(1)} s`,
    `${(cpu['apiserver'] ?? 0).toFixed(1)} s`,
    grouped(sumOf(figures.writesToReady)),
    `${grouped(sumOf(figures.writesAfter))} in ${watched.toFixed(0)} s${isSettled ? '' : ', not settled'}`,
    figures.restSeconds > 0
      ? `${((figures.operatorCpuAtRest / figures.restSeconds) * 100).toFixed(1)} %`
      : '',
    latencies(figures),
  ];
}

function latencies({ changes, isSettled }: Figures): string {
  const sorted = (changes ?? []).toSorted((a, b) => a - b);
  if (sorted.length === 0) return 'none answered';
  const note = isSettled ? '' : ', in backlog';
  return `${quantile(sorted, 0.5).toFixed(0)} / ${quantile(sorted, 0.99).toFixed(0)} ms (${sorted.length}${note})`;
}

/** Quantile of sorted values, by nearest rank. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

const TURN_HEAD = [
  'Turn',
  'Careplane',
  'controller-runtime',
  'time',
  'API server CPU',
  'etcd CPU',
  'operator CPU',
  'memory',
  'time by etcd CPU',
];

/** Both operators turn by turn, and the median of each ratio. */
function inTurns(turns: readonly Turn[]): string[] {
  if (turns.length === 0) return [];
  const figures: ((figures: Figures) => number)[] = [
    ({ allReady }) => allReady,
    ({ cpu }) => cpu['apiserver'] ?? Number.NaN,
    ({ cpu }) => cpu['etcd'] ?? Number.NaN,
    ({ operatorCpuToReady }) => operatorCpuToReady,
    ({ rssPeak }) => rssPeak,
    ({ allReady, cpu }) => allReady / (cpu['etcd'] ?? Number.NaN),
  ];
  const ratios = turns.map(({ ours, theirs }) => figures.map((figure) => figure(ours) / figure(theirs)));
  const rows = turns.map(({ ours, theirs }, turn) => [
    String(turn + 1),
    `${ours.allReady.toFixed(1)} s`,
    `${theirs.allReady.toFixed(1)} s`,
    ...(ratios[turn] ?? []).map((ratio) => `${ratio.toFixed(2)}x`),
  ]);
  const medians = figures.map(
    (_, column) => `**${median(ratios.map((row) => row[column] ?? Number.NaN))}x**`,
  );
  return [
    '## Turn by turn',
    '',
    'Ours by controller-runtime, each turn one right after the other, until all are Ready; who was second begins the next turn. etcd has',
    'nearly the same to write in both halves (of ours, three labels more on each child; in the longer one, more from the',
    'controller-manager, which is allowed so many requests a second): where its CPU is much more, the machine was slower in that half. The last',
    'column is the time ratio with that taken out, a little too good for ours.',
    '',
    ...[TURN_HEAD, TURN_HEAD.map(() => '---'), ...rows, ['**median**', '', '', ...medians]].map(
      (cells) => `| ${cells.join(' | ')} |`,
    ),
  ];
}

/** The mean of the two middle values for an even number of values. */
function median(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  return ((quantile(sorted, 0.5) + quantile(sorted.toReversed(), 0.5)) / 2).toFixed(2);
}

function listed(tally: Tally): string {
  const parts = Object.entries(tally).toSorted(([, a], [, b]) => b - a);
  return parts.length === 0 ? 'none' : parts.map(([name, count]) => `${grouped(count)} ${name}`).join(', ');
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
