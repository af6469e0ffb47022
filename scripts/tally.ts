/** The part of jest's `--json` output that is counted. */
export interface JestResult {
  /** Milliseconds since the epoch, as `endTime`. */
  startTime: number;
  testResults: JestFile[];
}

export interface JestFile {
  /** The absolute path. */
  name: string;
  status: string;
  message: string;
  endTime: number;
  /** `duration` in milliseconds; of a test that did not run there is none. */
  assertionResults: { fullName: string; status: string; duration?: number | null }[];
}

/** How many tests or checks passed and failed, and the names of those that failed, or did so only once. */
export interface Tally {
  passed: number;
  failed: number;
  failures: string[];
  /** Those that failed and passed when they ran again alone; counted as passed. */
  flaky: string[];
}

/** A test or a check and how long it took. */
export interface Timed {
  name: string;
  ms: number;
}

/**
 * Counts a jest run. A skipped test counts as failed, because it proves nothing; so does a file that could not run at
 * all, and a run without a single test. `again` holds the runs in which failed tests were repeated alone.
 */
export function jestTally(
  stage: string,
  { testResults }: JestResult,
  again: readonly JestResult[] = [],
): Tally {
  const failures: string[] = [];
  const flaky: string[] = [];
  let passed = 0;
  for (const file of testResults) {
    const failed = failedIn(file);
    passed += file.assertionResults.filter(({ status }) => status === 'passed').length;
    for (const { test, status } of failed) {
      const name = `${stage}: ${test ?? file.name} (${status})`;
      (passesAgain(file.name, test, again) ? flaky : failures).push(name);
    }
  }
  if (testResults.length === 0) failures.push(`${stage}: no tests were found`);
  return { passed: passed + flaky.length, failed: failures.length, failures, flaky };
}

/** A test that did not pass; without `test` the whole file, which could not run. */
export interface Failed {
  test?: string;
  status: string;
}

export function failedIn({ status, assertionResults }: JestFile): Failed[] {
  const bad = assertionResults.filter((test) => test.status !== 'passed');
  if (bad.length === 0 && status === 'failed') return [{ status: 'could not run' }];
  return bad.map((test) => ({ test: test.fullName, status: test.status }));
}

/** Whether the test, or every test of the file, passed when it was repeated. Those that a repetition passes over are pending in it. */
function passesAgain(file: string, test: string | undefined, again: readonly JestResult[]): boolean {
  const files = again.flatMap(({ testResults }) => testResults).filter(({ name }) => name === file);
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const repeated =
    test === undefined
      ? tests
      : tests.filter(({ fullName, status }) => fullName === test && status !== 'pending');
  return repeated.length > 0 && repeated.every(({ status }) => status === 'passed');
}

/** Counts the lines `{"name":…,"passed":…,"ms":…}` that scripts/lib/check.sh writes. */
export function checkTally(lines: string): Tally {
  const checks = checksIn(lines);
  const failures = checks.filter(({ passed }) => !passed).map(({ name }) => `check: ${name}`);
  return { passed: checks.length - failures.length, failed: failures.length, failures, flaky: [] };
}

interface Check extends Timed {
  passed: boolean;
}

function checksIn(lines: string): Check[] {
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Check);
}

export function checkTimes(lines: string): Timed[] {
  return checksIn(lines).map(({ name, ms }) => ({ name: `check: ${name}`, ms }));
}

export function jestTimes(stage: string, { testResults }: JestResult): Timed[] {
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ fullName, duration }) => ({ name: `${stage}: ${fullName}`, ms: duration ?? 0 })),
  );
}

/** From the start to the end of the last file. */
export function jestDuration({ startTime, testResults }: JestResult): number {
  return Math.max(startTime, ...testResults.map(({ endTime }) => endTime)) - startTime;
}

export function slowest(times: readonly Timed[], count: number): Timed[] {
  return times.toSorted((a, b) => b.ms - a.ms).slice(0, count);
}

export function total(tallies: readonly Tally[]): Tally {
  return tallies.reduce<Tally>(
    (sum, { passed, failed, failures, flaky }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      failures: [...sum.failures, ...failures],
      flaky: [...sum.flaky, ...flaky],
    }),
    { passed: 0, failed: 0, failures: [], flaky: [] },
  );
}
