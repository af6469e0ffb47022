/** The part of jest's `--json` output that is counted. */
export interface JestResult {
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string }[];
  }[];
}

/** How many tests or checks passed and failed, and the names of those that failed. */
export interface Tally {
  passed: number;
  failed: number;
  failures: string[];
}

/**
 * Counts a jest run. A skipped test counts as failed, because it proves nothing; so does a file that could not run at
 * all, and a run without a single test.
 */
export function jestTally(stage: string, { testResults }: JestResult): Tally {
  const failures: string[] = [];
  let passed = 0;
  for (const { name, status, assertionResults } of testResults) {
    const bad = assertionResults.filter((test) => test.status !== 'passed');
    passed += assertionResults.length - bad.length;
    failures.push(...bad.map((test) => `${stage}: ${test.fullName} (${test.status})`));
    if (status === 'failed' && bad.length === 0) failures.push(`${stage}: ${name} could not run`);
  }
  if (testResults.length === 0) failures.push(`${stage}: no tests were found`);
  return { passed, failed: failures.length, failures };
}

/** Counts the lines `{"name":…,"passed":…}` that scripts/lib/check.sh writes. */
export function checkTally(lines: string): Tally {
  const checks = lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { name: string; passed: boolean });
  const failures = checks.filter(({ passed }) => !passed).map(({ name }) => `check: ${name}`);
  return { passed: checks.length - failures.length, failed: failures.length, failures };
}

export function total(tallies: readonly Tally[]): Tally {
  return tallies.reduce<Tally>(
    (sum, { passed, failed, failures }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      failures: [...sum.failures, ...failures],
    }),
    { passed: 0, failed: 0, failures: [] },
  );
}
