import { machineLines } from '../lib/machine.ts';
import type { Machine } from '../lib/machine.ts';
import { percentile } from '../write-gap/report.ts';

export interface FactsFigures {
  readonly machine: Machine;
  readonly patients: number;
  readonly rates: { readonly reads: number; readonly searches: number; readonly seconds: number };
  /** Milliseconds. */
  readonly reads: readonly number[];
  readonly searches: readonly number[];
  /** Bytes of each answer with facts. */
  readonly answers: readonly number[];
  /** The answer to a question about everybody. */
  readonly everybody: number;
}

/** The page `bench/results/facts.md`. */
export function factsReport({
  machine,
  patients,
  rates,
  reads,
  searches,
  answers,
  everybody,
}: FactsFigures): string {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const row = (what: string, perSecond: number, took: readonly number[]): string =>
    `| ${what} | ${String(perSecond)} | ${ms(percentile(took, 0.5))} | ${ms(percentile(took, 0.95))} | ${ms(percentile(took, 1))} |`;
  const bytes = (share: number): string => String(percentile(answers, share));
  return [
    '# Facts of a question',
    '',
    ...machineLines(machine),
    '',
    `${String(patients)} patients with an Observation each, of whom half have a policy and a quarter denies everything. One app reads and`,
    `searches (the first 20 of 100) for ${String(rates.seconds)} seconds at a fixed rate, over HTTP, with identity, the service and the load in one process`,
    'beside one mongod. Times count from when a request was due. Every answer was compared with what the policies say.',
    '',
    '| work | a second | p50 | p95 | most |',
    '| --- | --- | --- | --- | --- |',
    row('read', rates.reads, reads),
    row('search', rates.searches, searches),
    '',
    `Identity answered ${String(answers.length)} calls for facts, one or several questions each: ${bytes(0.5)} bytes (p50), ${bytes(0.95)} (p95), ${bytes(1)} at most.`,
    `A question about everybody, as one request had to ask before, is answered ${String(everybody)}.`,
    '',
  ].join('\n');
}
