import type { Cost } from '../gateway/costs.ts';
import { median } from '../gateway/report.ts';
import { machineLines, type Machine } from '../lib/machine.ts';
import type { ContentFigures } from './contents.ts';
import type { EncryptionFigures } from './encryption.ts';
import type { ImportFigures } from './import.ts';

/** So much a core encrypts and decrypts at least, in megabytes a second; or half of openssl, where that is less. */
const GOAL = 500;
const GOAL_OF_OPENSSL = 0.5;

/**
 * Requests a second (create, read, update, delete) for each of the 8 cores of a server, its database on others: 5,212, 3,058 and 1,420.
 * https://www.health-samurai.io/articles/performance-at-scale-baseline, run of 28 June 2026
 */
const PUBLISHED = { Aidbox: 651, 'HAPI FHIR': 382, Medplum: 177 } as const;

export const READ = 'read of an Observation';
export const CREATE = 'create of an Observation';

export interface FhirFigures {
  costs: Cost[];
  /** Entries of the audit that the broker had not confirmed at the end. */
  pending: number;
  imported?: ImportFigures;
}

export interface RecordsFigures {
  machine: Machine;
  encryption: EncryptionFigures;
  contents: ContentFigures;
  fhir: FhirFigures;
}

/** What is not reached, in words. */
export function shortfalls({ encryption, fhir }: Partial<RecordsFigures>): string[] {
  const read = fhir?.costs.find(({ name }) => name === READ);
  return [
    ...(encryption && !isFastEnough(encryption) ? ['a core encrypts or decrypts too little'] : []),
    ...(read && perCore(read, ['records']) < PUBLISHED.Aidbox
      ? [`a core reads less than ${String(PUBLISHED.Aidbox)} records a second`]
      : []),
  ];
}

/** Whether encrypting and decrypting are as fast as they must be. */
function isFastEnough({ openssl, seal, open }: EncryptionFigures): boolean {
  const goal = Math.min(GOAL, median(openssl) * GOAL_OF_OPENSSL);
  return median(seal) >= goal && median(open) >= goal;
}

/** Requests for each second of CPU of these processes. */
function perCore({ cpuMs }: Cost, processes: readonly string[] = Object.keys(cpuMs)): number {
  return 1_000 / processes.reduce((sum, name) => sum + median(cpuMs[name] ?? []), 0);
}

/** The page `bench/results/records.md`, of what was measured. */
export function recordsReport(machine: Machine, figures: Partial<RecordsFigures>): string {
  const { encryption, contents, fhir } = figures;
  return [
    '# Medical records',
    '',
    ...machineLines(machine),
    '',
    ...(fhir ? fhirLines(fhir) : []),
    ...(encryption ? encryptionLines(encryption) : []),
    ...(contents ? contentLines(contents) : []),
  ].join('\n');
}

function fhirLines({ costs, pending, imported }: FhirFigures): string[] {
  const row = (cost: Cost): string => {
    const parts = Object.entries(cost.cpuMs).map(([name, rounds]) => `${name} ${median(rounds).toFixed(3)}`);
    const cores = [perCore(cost, ['records']), perCore(cost)].map((rate) => rate.toFixed(0)).join(' | ');
    return `| ${cost.name} | ${cores} | ${parts.join(', ')} | ${median(cost.perSecond).toFixed(0)} | ${median(cost.p95).toFixed(1)} ms |`;
  };
  return [
    '## FHIR',
    '',
    'Clinicians read and create over HTTP, 32 at a time, each about patients of their own: decided with facts from identity (a double, not counted),',
    'decrypted and encrypted under the key of the patient, each access in the audit and on a majority before it is answered, the entries brought to',
    'the broker. One replica, one MongoDB member, no TLS; median of the rounds.',
    '',
    '| what | a second of one core of the service | of one core in all | CPU ms by process | a second, all on this machine | p95 |',
    '| --- | --- | --- | --- | --- | --- |',
    ...costs.map(row),
    '',
    `Published for a core of the server, database apart, on another machine, of a mix of creates, reads, updates and deletes: ${publishedWords()}.`,
    `Events that the broker had not confirmed at the end: ${String(pending)}.`,
    '',
    ...(imported ? importLines(imported) : []),
  ];
}

function publishedWords(): string {
  return Object.entries(PUBLISHED)
    .map(([name, rate]) => `${name} ${String(rate)}`)
    .join(', ');
}

function importLines({ patients, records, seconds, cpu }: ImportFigures): string[] {
  const parts = Object.entries(cpu).map(([name, of]) => `${name} ${of.toFixed(0)} s`);
  return [
    `An import of ${String(records)} records of ${String(patients)} patients, transaction by transaction as the demo sends them, took ${seconds.toFixed(0)} s:`,
    `${(records / seconds).toFixed(0)} a second; CPU: ${parts.join(', ')}.`,
    '',
  ];
}

function encryptionLines({ openssl, seal, open }: EncryptionFigures): string[] {
  const row = (what: string, speeds: readonly number[]): string => {
    const ratio = median(speeds.map((speed, round) => speed / (openssl[round] ?? Number.NaN)));
    return `| ${what} | ${median(speeds).toFixed(0)} MB/s | ${ratio.toFixed(2)} |`;
  };
  return [
    '## Documents',
    '',
    'What one core encrypts and decrypts of a document, in chunks of 64 KiB, each authenticated with its place: AES-256-GCM, without network',
    'and store. By CPU time; median of the rounds, in each of which openssl runs first (`openssl speed -evp aes-256-gcm`, blocks of 64 KiB).',
    '',
    '| what | a core | of openssl |',
    '| --- | --- | --- |',
    row('openssl', openssl),
    row('encrypt', seal),
    row('decrypt', open),
    '',
    `Goal: ${String(GOAL)} MB/s, or half of openssl where that is less.`,
    '',
  ];
}

function contentLines(contents: ContentFigures): string[] {
  return [
    `A document of ${String(contents.megabytes)} MB, in GridFS with a majority write for each 255 KiB, takes a service's core:`,
    '',
    '| what | a core |',
    '| --- | --- |',
    `| upload: encrypt, store, read again, decrypt, hash | ${median(contents.upload).toFixed(0)} MB/s |`,
    `| download: read, decrypt | ${median(contents.download).toFixed(0)} MB/s |`,
    `| download over HTTP, its client included | ${median(contents.overHttp).toFixed(0)} MB/s |`,
    '',
  ];
}
