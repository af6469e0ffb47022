import { machineLines, type Machine } from '../lib/machine.ts';

/** What the log must do. */
export const LIMITS = { entriesPerCore: 2_000, p99Ms: 500, verifyCpu: 20 } as const;

export interface AuditFigures {
  readonly machine: Machine;
  readonly rate: number;
  /** At the rate: milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** At the rate: seconds of CPU of the service for a second. */
  readonly cores: number;
  /** As fast as it goes. */
  readonly full: { readonly perSecond: number; readonly perCore: number; readonly p99: number };
  readonly verified: { readonly entries: number; readonly seconds: number; readonly cpu: number };
}

/** The value that this share of the measurements does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** What is not reached, in words. */
export function shortfalls({ full, p99, verified }: AuditFigures): string[] {
  return [
    ...(full.perCore < LIMITS.entriesPerCore
      ? [`less than ${LIMITS.entriesPerCore} entries/s on one core`]
      : []),
    ...(p99 > LIMITS.p99Ms ? [`p99 above ${LIMITS.p99Ms} ms`] : []),
    ...(verified.cpu > LIMITS.verifyCpu
      ? [`verifying takes more than ${LIMITS.verifyCpu} s of one core`]
      : []),
  ];
}

/** The page `bench/results/audit.md`. */
export function auditReport(figures: AuditFigures): string {
  const { machine, rate, p50, p99, cores, full, verified } = figures;
  return [
    '# Audit log',
    '',
    ...machineLines(machine),
    '',
    'One replica appends sealed records of 600 bytes, ten a message, to one MongoDB member on the same machine. An entry counts once it is',
    'on a majority under a signed checkpoint. CPU is that of the service, without MongoDB.',
    '',
    '| what | figure | limit |',
    '| --- | --- | --- |',
    `| append to signed checkpoint at ${rate} entries/s, p50 | ${p50.toFixed(0)} ms | |`,
    `| the same, p99 | ${p99.toFixed(0)} ms | ${LIMITS.p99Ms} ms |`,
    `| cores for it | ${cores.toFixed(2)} | |`,
    `| as fast as it goes | ${full.perSecond.toFixed(0)} entries/s, p99 ${full.p99.toFixed(0)} ms | |`,
    `| entries a second of CPU | ${full.perCore.toFixed(0)} | ${LIMITS.entriesPerCore} |`,
    `| \`careplane audit verify\` of ${verified.entries} entries with records | ${verified.cpu.toFixed(1)} s of one core, ${verified.seconds.toFixed(1)} s in all | ${LIMITS.verifyCpu} s of one core |`,
    '',
  ].join('\n');
}
