// Prints of each file how many mutants its tests killed, and those that survived. Ends with 1 when a file is below the goal.
//   node scripts/mutants.ts REPORT...
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Percent of each file's mutants. */
export const GOAL = 85;

/** The part of the report that is read (mutation-testing-report-schema). */
export interface Report {
  files: Record<string, { source: string; mutants: Mutant[] }>;
}

interface Mutant {
  status: string;
  mutatorName: string;
  replacement?: string;
  location: { start: { line: number } };
}

export interface FileScore {
  file: string;
  killed: number;
  /** Those that could be run. */
  all: number;
  percent: number;
  /** `line: what became of it`. */
  survivors: string[];
}

const KILLED = ['Killed', 'Timeout'];
const SURVIVED = ['Survived', 'NoCoverage'];

/** The files of reports, the weakest first. A file without mutants has nothing to be killed. */
export function scoresOf(...reports: Report[]): FileScore[] {
  const files = reports.flatMap((report) => Object.entries(report.files));
  const scores = files.map(([file, { mutants }]) => {
    const killed = mutants.filter(({ status }) => KILLED.includes(status)).length;
    const survivors = mutants.filter(({ status }) => SURVIVED.includes(status));
    const all = killed + survivors.length;
    return {
      file,
      killed,
      all,
      percent: all === 0 ? 100 : (100 * killed) / all,
      survivors: survivors.map(lineOf),
    };
  });
  return scores.sort((a, b) => a.percent - b.percent);
}

function lineOf({ mutatorName, replacement = '', location }: Mutant): string {
  return `${location.start.line}: ${mutatorName} ${replacement.replaceAll(/\s+/g, ' ').slice(0, 80)}`.trim();
}

function main(paths: string[]): number {
  const scores = scoresOf(...paths.map((path) => JSON.parse(readFileSync(path, 'utf8')) as Report));
  for (const { file, survivors } of scores)
    if (survivors.length > 0) console.log(`${file}\n${survivors.map((line) => `  ${line}`).join('\n')}`);
  console.log('\n| File | Killed | Of | Percent |\n| --- | --- | --- | --- |');
  for (const { file, killed, all, percent } of scores)
    console.log(`| ${file} | ${killed} | ${all} | ${percent.toFixed(1)} |`);
  const below = scores.filter(({ percent }) => percent < GOAL);
  if (below.length > 0) console.log(`\nbelow ${GOAL} %: ${below.map(({ file }) => file).join(', ')}`);
  return below.length > 0 || scores.length === 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = main(process.argv.slice(2));
