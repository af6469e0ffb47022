import { describe, expect, it } from '@jest/globals';
import { MOST, repetitionsOf } from './repetitions.ts';
import type { JestFile } from './tally.ts';

const file = (name: string, ...failed: string[]): JestFile => ({
  name,
  status: 'failed',
  message: '',
  endTime: 0,
  assertionResults: [
    { fullName: 'good', status: 'passed' },
    ...failed.map((fullName) => ({ fullName, status: 'failed' })),
  ],
});

const broken: JestFile = { ...file('broken.e2e.ts'), assertionResults: [] };

describe('repetitionsOf', () => {
  it('names each failed test by its file and a pattern that matches it alone', () => {
    const name = 'requests (all) answer 1.5 $ [a] \\';
    const [repetition, ...rest] = repetitionsOf({ startTime: 0, testResults: [file('a.e2e.ts', name)] });
    expect(rest).toEqual([]);
    expect(repetition?.file).toBe('a.e2e.ts');
    const pattern = new RegExp(repetition?.pattern ?? '', 'i');
    expect(pattern.test(name)).toBe(true);
    for (const other of [`${name} more`, `some ${name}`, name.replace('.', ',')])
      expect(pattern.test(other)).toBe(false);
  });

  it('repeats the whole of a file that could not run', () => {
    expect(repetitionsOf({ startTime: 0, testResults: [broken] })).toEqual([
      { file: 'broken.e2e.ts', pattern: '.*' },
    ]);
  });

  it('repeats nothing when so much failed that it is no moment', () => {
    const names = Array.from({ length: MOST }, (_, index) => `test ${index}`);
    const most = { startTime: 0, testResults: [file('a.e2e.ts', ...names)] };
    expect(repetitionsOf(most)).toHaveLength(MOST);
    expect(repetitionsOf({ ...most, testResults: [...most.testResults, broken] })).toEqual([]);
  });
});
