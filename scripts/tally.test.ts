import { describe, expect, it } from '@jest/globals';
import { checkTally, checkTimes, jestDuration, jestTally, jestTimes, slowest, total } from './tally.ts';
import type { JestResult } from './tally.ts';

const file = (status: string, ...tests: string[]): JestResult['testResults'][number] => ({
  name: 'a.test.ts',
  status,
  message: '',
  endTime: 5_000,
  assertionResults: tests.map((test, index) => ({
    fullName: `test ${index}`,
    status: test,
    duration: test === 'pending' ? null : 10 * (index + 1),
  })),
});

const run = (...testResults: JestResult['testResults']): JestResult => ({ startTime: 1_000, testResults });

describe('jestTally', () => {
  it('counts passed and failed tests and names the failed ones', () => {
    const tally = jestTally(
      'unit',
      run(file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed')),
    );
    expect(tally).toEqual({ passed: 3, failed: 1, failures: ['unit: test 1 (failed)'], flaky: [] });
  });

  it('counts a skipped test as failed', () => {
    expect(jestTally('unit', run(file('passed', 'pending'))).failed).toBe(1);
  });

  it('counts a file that could not be loaded as failed', () => {
    expect(jestTally('unit', run(file('failed')))).toMatchObject({
      failed: 1,
      failures: ['unit: a.test.ts (could not run)'],
    });
  });

  it('counts a run without tests as failed', () => {
    expect(jestTally('e2e', run()).failed).toBe(1);
  });
});

describe('jestTally of a run whose failed tests were repeated', () => {
  const first = run(file('failed', 'passed', 'failed', 'failed'));

  it('counts what passed then as passed, and names it as flaky', () => {
    const again = run(file('passed', 'pending', 'passed', 'pending'));
    expect(jestTally('e2e', first, [again])).toEqual({
      passed: 2,
      failed: 1,
      failures: ['e2e: test 2 (failed)'],
      flaky: ['e2e: test 1 (failed)'],
    });
  });

  it('counts what failed again as failed, and what was passed over, and what only another file passed', () => {
    const failed = run(file('failed', 'pending', 'failed', 'pending'));
    const elsewhere = run({ ...file('passed', 'passed', 'passed', 'passed'), name: 'b.test.ts' });
    expect(jestTally('e2e', first, [failed, elsewhere])).toMatchObject({ passed: 1, failed: 2, flaky: [] });
  });

  it('takes a file that could not run for flaky when all its tests passed then, and only then', () => {
    const broken = run(file('failed'));
    expect(jestTally('e2e', broken, [run(file('passed', 'passed', 'passed'))])).toMatchObject({
      failed: 0,
      flaky: ['e2e: a.test.ts (could not run)'],
    });
    expect(jestTally('e2e', broken, [run(file('failed', 'passed', 'failed'))])).toMatchObject({ failed: 1 });
    expect(jestTally('e2e', broken, [broken])).toMatchObject({ failed: 1, flaky: [] });
  });
});

describe('how long it took', () => {
  it('is known of each test and check; what did not run took no time', () => {
    expect(jestTimes('unit', run(file('passed', 'passed', 'pending')))).toEqual([
      { name: 'unit: test 0', ms: 10 },
      { name: 'unit: test 1', ms: 0 },
    ]);
    expect(checkTimes('{"name":"tsc","passed":true,"ms":7}\n')).toMatchObject([
      { name: 'check: tsc', ms: 7 },
    ]);
  });

  it('is counted for a run until its last file ended', () => {
    expect(jestDuration(run(file('passed'), { ...file('passed'), endTime: 9_000 }))).toBe(8_000);
    expect(jestDuration(run())).toBe(0);
  });

  it('puts the slowest first, and no more than asked for', () => {
    const times = [1, 3, 2].map((ms) => ({ name: String(ms), ms }));
    expect(slowest(times, 2).map(({ ms }) => ms)).toEqual([3, 2]);
  });
});

describe('checkTally', () => {
  it('counts the checks and names the failed ones', () => {
    const tally = checkTally(
      '{"name":"eslint","passed":true,"ms":1}\n{"name":"helm lint","passed":false,"ms":1}\n',
    );
    expect(tally).toEqual({ passed: 1, failed: 1, failures: ['check: helm lint'], flaky: [] });
  });
});

describe('total', () => {
  it('adds everything up', () => {
    const sum = total([
      { passed: 2, failed: 1, failures: ['a'], flaky: ['b'] },
      { passed: 3, failed: 0, failures: [], flaky: ['c'] },
    ]);
    expect(sum).toEqual({ passed: 5, failed: 1, failures: ['a'], flaky: ['b', 'c'] });
  });
});
