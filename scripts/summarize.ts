// Sums up what `make test` ran: the jest results and checks of the results folder. Ends with `N passed, N failed`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkTally, jestTally, total } from './tally.ts';
import type { JestResult, Tally } from './tally.ts';

const JEST_STAGES = ['unit', 'integration', 'e2e'];

function stageTally(folder: string, stage: string): Tally {
  const file = join(folder, `${stage}.json`);
  if (!existsSync(file)) return { passed: 0, failed: 1, failures: [`${stage}: did not run to its end`] };
  return jestTally(stage, JSON.parse(readFileSync(file, 'utf8')) as JestResult);
}

function main(folder: string, stages: string[]): number {
  const checks = join(folder, 'checks.jsonl');
  const tallies = stages
    .filter((stage) => JEST_STAGES.includes(stage))
    .map((stage) => ({ name: stage, ...stageTally(folder, stage) }));
  if (existsSync(checks)) tallies.unshift({ name: 'checks', ...checkTally(readFileSync(checks, 'utf8')) });
  console.log('');
  for (const { name, passed, failed } of tallies)
    console.log(`${name.padEnd(12)} ${passed} passed, ${failed} failed`);
  const sum = total(tallies);
  if (sum.failures.length > 0)
    console.log(`\nfailed:\n${sum.failures.map((failure) => `  ${failure}`).join('\n')}`);
  console.log(`\n${sum.passed} passed, ${sum.failed} failed`);
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = main(process.argv[2] ?? '', process.argv.slice(3));
}
