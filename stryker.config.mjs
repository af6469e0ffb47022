// One file's mutants, judged by the unit tests beside it: scripts/mutants.sh runs it for each file that decides.
// A process for each mutant, without jest's start. Stryker's own runner for jest (10.0.0) also works with native ES modules when its jest
// configuration has one project, but the 21 mutants of evidence.ts took 22 s with it instead of 11 s (CPU: 11 s and 9 s).
import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';

const mutated = process.env.MUTATED ?? '';
const folder = dirname(mutated);
const name = basename(mutated, '.ts');
const tests = readdirSync(folder).filter((file) => file.startsWith(`${name}.`) && file.endsWith('.test.ts'));
const beside = tests.filter((file) => !file.endsWith('.int.test.ts')).map((file) => `${folder}/${file}`);
// `x.test.ts` before `x.property.test.ts`: the first failure ends a run, and examples take less time than properties.
beside.sort((a, b) => a.length - b.length);

export default {
  mutate: [mutated],
  testRunner: 'command',
  commandRunner: {
    command: `NODE_COMPILE_CACHE=dist/compile-cache node scripts/plain-jest.ts ${beside.join(' ')}`,
  },
  coverageAnalysis: 'off',
  concurrency: 2,
  // Links to folders cannot be copied: charts has some.
  ignorePatterns: ['dist', 'docs', 'bench', '.github', 'charts', 'cluster', 'crds', 'observability'],
  tempDirName: 'dist/stryker',
  reporters: ['json'],
  jsonReporter: { fileName: process.env.MUTANTS_REPORT ?? 'dist/mutants.json' },
};
