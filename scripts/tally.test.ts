import { describe, expect, it } from '@jest/globals';
import { checkTally, jestTally, total } from './tally.ts';
import type { JestResult } from './tally.ts';

const file = (status: string, ...tests: string[]): JestResult['testResults'][number] => ({
  name: 'a.test.ts',
  status,
  message: '',
  assertionResults: tests.map((test, index) => ({ fullName: `test ${index}`, status: test })),
});

describe('jestTally', () => {
  it('counts passed and failed tests and names the failed ones', () => {
    const tally = jestTally('unit', {
      testResults: [file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed')],
    });
    expect(tally).toEqual({ passed: 3, failed: 1, failures: ['unit: test 1 (failed)'] });
  });

  it('counts a skipped test as failed', () => {
    expect(jestTally('unit', { testResults: [file('passed', 'pending')] }).failed).toBe(1);
  });

  it('counts a file that could not be loaded as failed', () => {
    expect(jestTally('unit', { testResults: [file('failed')] })).toMatchObject({
      failed: 1,
      failures: ['unit: a.test.ts could not run'],
    });
  });

  it('counts a run without tests as failed', () => {
    expect(jestTally('e2e', { testResults: [] }).failed).toBe(1);
  });
});

describe('checkTally', () => {
  it('counts the checks and names the failed ones', () => {
    const tally = checkTally('{"name":"eslint","passed":true}\n{"name":"helm lint","passed":false}\n');
    expect(tally).toEqual({ passed: 1, failed: 1, failures: ['check: helm lint'] });
  });
});

describe('total', () => {
  it('adds everything up', () => {
    const sum = total([
      { passed: 2, failed: 1, failures: ['a'] },
      { passed: 3, failed: 0, failures: [] },
    ]);
    expect(sum).toEqual({ passed: 5, failed: 1, failures: ['a'] });
  });
});
