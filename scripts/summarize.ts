// Sums up what `make test` ran: the jest results and checks of the results folder. Ends with `N passed, N failed`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkTally, checkTimes, jestDuration, jestTally, jestTimes, slowest, total } from './tally.ts';
import type { JestResult, Tally, Timed } from './tally.ts';

const JEST_STAGES = ['unit', 'integration', 'e2e'];
const SLOWEST = 20;

/** What one stage came to. */
interface Stage {
  name: string;
  tally: Tally;
  times: Timed[];
  ms: number;
}

const read = (file: string): JestResult => JSON.parse(readFileSync(file, 'utf8')) as JestResult;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function jestStage(folder: string, name: string): Stage {
  const file = join(folder, `${name}.json`);
  if (!existsSync(file)) {
    const failures = [`${name}: did not run to its end`];
    return { name, tally: { passed: 0, failed: 1, failures, flaky: [] }, times: [], ms: 0 };
  }
  // What scripts/test.sh names the repetitions.
  const again = readdirSync(folder).filter((each) => each.startsWith(`${name}.again-`));
  const result = read(file);
  const tally = jestTally(
    name,
    result,
    again.map((each) => read(join(folder, each))),
  );
  return { name, tally, times: jestTimes(name, result), ms: jestDuration(result) };
}

function checkStage(folder: string): Stage[] {
  const file = join(folder, 'checks.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8');
  const times = checkTimes(lines);
  const ms = times.reduce((sum, each) => sum + each.ms, 0);
  return [{ name: 'checks', tally: checkTally(lines), times, ms }];
}

function section(title: string, lines: readonly string[]): void {
  if (lines.length > 0) console.log(`\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

function main(folder: string, names: string[]): number {
  const tests = names.filter((name) => JEST_STAGES.includes(name)).map((name) => jestStage(folder, name));
  const stages = [...checkStage(folder), ...tests];
  const slow = slowest(
    stages.flatMap(({ times }) => times),
    SLOWEST,
  );
  section(
    `the slowest ${SLOWEST}:`,
    slow.map(({ name, ms }) => `${seconds(ms).padStart(8)}  ${name}`),
  );
  console.log('');
  for (const { name, tally, ms } of stages)
    console.log(`${name.padEnd(12)} ${tally.passed} passed, ${tally.failed} failed in ${seconds(ms)}`);
  const sum = total(stages.map(({ tally }) => tally));
  section('failed:', sum.failures);
  // A test that fails sometimes is no good test, or tells of a fault that comes sometimes: it must be seen.
  section(`flaky: ${sum.flaky.length} (failed, and passed when run again alone)`, sum.flaky);
  console.log(`\n${sum.passed} passed, ${sum.failed} failed`);
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = main(process.argv[2] ?? '', process.argv.slice(3));
}
