import { machineLines, type Machine } from '../lib/machine.ts';
import type { Measured } from './measure.ts';

export interface PersonsFigures {
  readonly machine: Machine;
  readonly patients: number;
  /** Creates and reads. */
  readonly work: readonly Measured[];
  /** Over blind indexes, and over the same data in plain. */
  readonly searches: readonly { readonly sealed: Measured; readonly plain: Measured }[];
  /** Bytes of a record. */
  readonly bytes: { readonly bson: number; readonly disk: number; readonly indexes: number };
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;

/** The page `bench/results/persons.md`. */
export function personsReport({ machine, patients, work, searches, bytes }: PersonsFigures): string {
  return [
    '# Encrypted persons',
    '',
    ...machineLines(machine),
    '',
    `${String(patients)} patients, every element about the person encrypted under a key of the patient, found by keyed blind indexes; sixteen at`,
    'once in one process beside one mongod. A search gives the first twenty, opened. In plain: the same resources in a collection with an index for',
    'each of these searches, read by the driver alone.',
    '',
    '| work | a second | p50 | p95 |',
    '| --- | --- | --- | --- |',
    ...work.map(
      ({ what, perSecond, p50, p95 }) => `| ${what} | ${perSecond.toFixed(0)} | ${ms(p50)} | ${ms(p95)} |`,
    ),
    '',
    '| search by | p50 | p95 | in plain: p50 | p95 | times plain (p50) |',
    '| --- | --- | --- | --- | --- | --- |',
    ...searches.map(
      ({ sealed, plain }) =>
        `| ${sealed.what} | ${ms(sealed.p50)} | ${ms(sealed.p95)} | ${ms(plain.p50)} | ${ms(plain.p95)} | ${(sealed.p50 / plain.p50).toFixed(1)} |`,
    ),
    '',
    `A record has ${bytes.bson.toFixed(0)} bytes of BSON, ${bytes.disk.toFixed(0)} on disk, and ${bytes.indexes.toFixed(0)} of indexes.`,
    '',
  ].join('\n');
}
