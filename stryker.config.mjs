// One file's mutants, judged by the unit tests beside it: scripts/mutants.sh runs it for each file that decides.
// A process for each mutant: Stryker's own runner for jest hangs from its second run on with native ES modules (jest 30.5, Node 26).
import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';

const mutated = process.env.MUTATED ?? '';
const folder = dirname(mutated);
const name = basename(mutated, '.ts');
const tests = readdirSync(folder).filter((file) => file.startsWith(`${name}.`) && file.endsWith('.test.ts'));
const beside = tests.filter((file) => !file.endsWith('.int.test.ts')).map((file) => `${folder}/${file}`);

export default {
  mutate: [mutated],
  testRunner: 'command',
  commandRunner: {
    command: [
      'node --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js',
      `--selectProjects unit --bail --silent --runInBand --runTestsByPath ${beside.join(' ')}`,
    ].join(' '),
  },
  coverageAnalysis: 'off',
  concurrency: 2,
  // Links to folders cannot be copied: charts has some.
  ignorePatterns: ['dist', 'docs', 'bench', '.github', 'charts', 'cluster', 'crds', 'observability'],
  tempDirName: 'dist/stryker',
  reporters: ['json'],
  jsonReporter: { fileName: process.env.MUTANTS_REPORT ?? 'dist/mutants.json' },
};
