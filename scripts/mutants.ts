// Prints of each file which mutants its tests let live, and writes how many they killed to bench/results/mutants.md, where files that were not
// run keep their row. Ends with 1 when a file is below the goal.
//   node scripts/mutants.ts REPORT...
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DECISIONS } from './decisions.ts';

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
  /** `line: what became of it`. */
  survivors: string[];
}

const KILLED = ['Killed', 'Timeout'];
const SURVIVED = ['Survived', 'NoCoverage'];

/** The files of reports, the weakest first. */
export function scoresOf(...reports: Report[]): FileScore[] {
  const files = reports.flatMap((report) => Object.entries(report.files));
  const scores = files.map(([file, { mutants }]) => {
    const killed = mutants.filter(({ status }) => KILLED.includes(status)).length;
    const survivors = mutants.filter(({ status }) => SURVIVED.includes(status)).map(lineOf);
    return { file, killed, all: killed + survivors.length, survivors };
  });
  return scores.sort((a, b) => percent(a) - percent(b));
}

function lineOf({ mutatorName, replacement = '', location }: Mutant): string {
  return `${location.start.line}: ${mutatorName} ${replacement.replaceAll(/\s+/g, ' ').slice(0, 80)}`.trim();
}

/** A file without mutants has nothing to be killed. */
function percent({ killed, all }: Pick<FileScore, 'killed' | 'all'>): number {
  return all === 0 ? 100 : (100 * killed) / all;
}

/** When and where a file's mutants were run. */
export interface Run {
  /** `YYYY-MM-DD`. */
  date: string;
  commit: string;
  machine: string;
}

/** A line of the result page. */
export interface Row extends Run {
  file: string;
  killed: number;
  all: number;
}

/** The rows of the files that decide, in their order: those that were run now, and of the others the rows of before. */
export function rowsAfter(before: readonly Row[], scores: readonly FileScore[], run: Run): Row[] {
  const now = scores.map(({ file, killed, all }) => ({ file, killed, all, ...run }));
  const known = new Map([...before, ...now].map((row) => [row.file, row]));
  return DECISIONS.flatMap((file) => known.get(file) ?? []);
}

/** The result page. */
export function pageOf(rows: readonly Row[]): string {
  const lines = rows.map(
    (row) =>
      `| ${row.file} | ${row.all} | ${row.killed} | ${percent(row).toFixed(1)} | ${row.date} | ${row.commit} | ${row.machine} |`,
  );
  return `# Mutants of the files that decide

Stryker changes a file a little, one change at a time; the unit tests beside the file should fail then, for at least ${GOAL} % of the changes.
\`make mutants\` writes this page; \`make mutants MUTANTS=FILE\` renews one row and lists the changes that no test noticed.

| File | Mutants | Killed | Percent | Date | Commit | Machine |
| --- | --- | --- | --- | --- | --- | --- |
${lines.join('\n')}
`;
}

const RESULTS = join(import.meta.dirname, '..', 'bench', 'results');

function currentRun(): Run {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const isClean = git('status', '--porcelain', '--untracked-files=no') === '';
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: git('rev-parse', '--short', 'HEAD') + (isClean ? '' : '+'),
    machine: `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.version}`,
  };
}

function main(paths: string[]): number {
  const scores = scoresOf(...paths.map((path) => JSON.parse(readFileSync(path, 'utf8')) as Report));
  for (const { file, survivors } of scores)
    if (survivors.length > 0) console.log(`${file}\n${survivors.map((line) => `  ${line}`).join('\n')}`);
  for (const score of scores)
    console.log(`${score.file}: ${score.killed} of ${score.all} killed, ${percent(score).toFixed(1)} %`);
  const raw = join(RESULTS, 'mutants.json');
  const before = existsSync(raw) ? (JSON.parse(readFileSync(raw, 'utf8')) as Row[]) : [];
  const rows = rowsAfter(before, scores, currentRun());
  writeFileSync(raw, `${JSON.stringify(rows, null, 2)}\n`);
  writeFileSync(join(RESULTS, 'mutants.md'), pageOf(rows));
  const below = scores.filter((score) => percent(score) < GOAL);
  if (below.length > 0) console.log(`below ${GOAL} %: ${below.map(({ file }) => file).join(', ')}`);
  return below.length > 0 || scores.length === 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = main(process.argv.slice(2));
