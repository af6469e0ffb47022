import { median } from '../gateway/report.ts';
import { machineLines, type Machine } from '../lib/machine.ts';
import type { BrowserSpeed } from './browser.ts';

/** The library does at least so many MB of content for a second of CPU. */
export const LIMIT = 200;

export type Direction = 'encrypt' | 'decrypt';

export interface DocumentFigures {
  machine: Machine;
  /** Of content. */
  bytes: number;
  /** Seconds of CPU, one a round, by who did it. */
  cpu: Readonly<Record<string, Record<Direction, number[]>>>;
  /** MB of content a second by the clock, one a round. */
  browser: { webCrypto: BrowserSpeed[]; javaScript: BrowserSpeed[] };
  /** Milliseconds that a new header takes, one a round. */
  rewrap: number[];
}

/** MB for a second of CPU. */
export function speed({ bytes }: Pick<DocumentFigures, 'bytes'>, seconds: readonly number[]): number {
  return bytes / 1e6 / median(seconds);
}

/** The page `bench/results/documents.md`. */
export function documentsReport(figures: DocumentFigures): string {
  const { machine, bytes, cpu, browser, rewrap } = figures;
  const row = (what: string, values: readonly number[]): string =>
    `| ${[what, ...values.map((value) => `${value.toFixed(0)} MB`)].join(' | ')} |`;
  const ofCpu = (what: string, name: string): string =>
    row(what, [speed(figures, cpu[name]?.encrypt ?? []), speed(figures, cpu[name]?.decrypt ?? [])]);
  const inBrowser = (what: string, all: readonly BrowserSpeed[]): string =>
    row(what, [median(all.map(({ encrypt }) => encrypt)), median(all.map(({ decrypt }) => decrypt))]);
  const ratio = (direction: Direction): string =>
    median(
      (cpu['careplane']?.[direction] ?? []).map((own, n) => (cpu['age']?.[direction][n] ?? Number.NaN) / own),
    ).toFixed(2);
  return [
    '# Documents',
    '',
    ...machineLines(machine),
    '',
    `${(bytes / 1e6).toFixed(0)} MB of content to one hybrid post-quantum key. The programs take their start and the file system's writes into account, the library`,
    'alone reads from memory. Median of the rounds; in each they are measured one after the other.',
    '',
    '| MB for a second of CPU | encrypt | decrypt |',
    '| --- | --- | --- |',
    ofCpu('the library, in Node', 'library'),
    ofCpu('`careplane documents`', 'careplane'),
    ofCpu('`age`', 'age'),
    '',
    `Of the speed of age, \`careplane documents\` reaches ${ratio('encrypt')} times when it encrypts and ${ratio('decrypt')} times when it decrypts. The limit of the library is ${String(LIMIT)} MB.`,
    '',
    '| MB a second in chromium, by the clock | encrypt | decrypt |',
    '| --- | --- | --- |',
    inBrowser('by WebCrypto', browser.webCrypto),
    inBrowser('in JavaScript, as in browsers without the algorithm', browser.javaScript),
    '',
    `A header for another recipient takes ${median(rewrap).toFixed(1)} ms, whatever the length of the document.`,
    '',
  ].join('\n');
}
