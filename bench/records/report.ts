import { median } from '../gateway/report.ts';
import { machineLines, type Machine } from '../lib/machine.ts';
import type { ContentFigures } from './contents.ts';
import type { EncryptionFigures } from './encryption.ts';

/** So much a core encrypts and decrypts at least, in megabytes a second; or half of openssl, where that is less. */
const GOAL = 500;
const GOAL_OF_OPENSSL = 0.5;

export interface RecordsFigures {
  machine: Machine;
  encryption: EncryptionFigures;
  contents: ContentFigures;
}

/** Whether encrypting and decrypting are as fast as they must be. */
export function isFastEnough({ openssl, seal, open }: EncryptionFigures): boolean {
  const goal = Math.min(GOAL, median(openssl) * GOAL_OF_OPENSSL);
  return median(seal) >= goal && median(open) >= goal;
}

/** The page `bench/results/records.md`. */
export function recordsReport({ machine, encryption, contents }: RecordsFigures): string {
  const { openssl, seal, open } = encryption;
  const row = (what: string, speeds: readonly number[]): string => {
    const ratio = median(speeds.map((speed, round) => speed / (openssl[round] ?? Number.NaN)));
    return `| ${what} | ${median(speeds).toFixed(0)} MB/s | ${ratio.toFixed(2)} |`;
  };
  return [
    '# Medical records',
    '',
    ...machineLines(machine),
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
    `A document of ${String(contents.megabytes)} MB, in GridFS with a majority write for each 255 KiB, takes a service's core:`,
    '',
    '| what | a core |',
    '| --- | --- |',
    `| upload: encrypt, store, read again, decrypt, hash | ${median(contents.upload).toFixed(0)} MB/s |`,
    `| download: read, decrypt | ${median(contents.download).toFixed(0)} MB/s |`,
    `| download over HTTP, its client included | ${median(contents.overHttp).toFixed(0)} MB/s |`,
    '',
  ].join('\n');
}
