// `make mutants`: how many small changes of the files that decide something the tests beside them notice. Not in CI.
import { dirname } from 'node:path';
import jest from './jest.config.mjs';

const CONTROLLERS = 'operator/src/controllers';
const SERVICE = `${CONTROLLERS}/healthcareservice`;

/** Files that decide, without I/O of their own, with unit tests beside them. */
const DECISIONS = [
  `${CONTROLLERS}/scalingpolicy/decision.ts`,
  `${CONTROLLERS}/scalingpolicy/demand.ts`,
  `${CONTROLLERS}/scalingpolicy/history.ts`,
  `${CONTROLLERS}/scalingpolicy/recommendation.ts`,
  `${SERVICE}/bindings/generated-secrets.ts`,
  `${SERVICE}/rollout/burn.ts`,
  `${SERVICE}/rollout/decide-revision.ts`,
  `${SERVICE}/rollout/kept-revisions.ts`,
  `${SERVICE}/rollout/revision-evidence.ts`,
  `${SERVICE}/rollout/revision-history.ts`,
  `${SERVICE}/rollout/revision-traffic.ts`,
  'services/appointments/src/booking/slot-rivals.ts',
  'services/appointments/src/http/access.ts',
  'services/gateway/src/graphql/query-cost.ts',
  'services/kit/src/auth/remote-keys.ts',
  'services/kit/src/http/listen.ts',
];

const unit = jest.projects.find(({ displayName }) => displayName === 'unit');

export default {
  mutate: DECISIONS,
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: {
    projectType: 'custom',
    config: {
      ...unit,
      testMatch: [...new Set(DECISIONS.map((file) => `<rootDir>/${dirname(file)}/*.test.ts`))],
    },
    enableFindRelatedTests: true,
  },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // Links to folders cannot be copied: charts has some.
  ignorePatterns: ['dist', 'docs', 'bench', '.github', 'charts', 'cluster'],
  tempDirName: 'dist/stryker',
  reporters: ['json'],
  jsonReporter: { fileName: 'dist/mutants.json' },
  // scripts/mutants.ts judges each file.
  thresholds: { high: 95, low: 85, break: null },
};
