import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DECISIONS, withoutTest } from './decisions.ts';

describe('DECISIONS', () => {
  it('names only files that are there with their unit test beside them, each once', () => {
    expect(DECISIONS.flatMap(withoutTest)).toEqual([]);
    expect(new Set(DECISIONS).size).toBe(DECISIONS.length);
  });
});

describe('withoutTest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'decisions-'));
  const file = (name: string): string => join(folder, name);
  for (const name of ['a.ts', 'a.test.ts', 'b.ts', 'b.int.test.ts', 'gone.test.ts'])
    writeFileSync(file(name), '');
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('says nothing of a file with its unit test', () => {
    expect(withoutTest(file('a.ts'))).toEqual([]);
  });

  it.each([
    ['b.ts', 'there is no b.test.ts beside it'],
    ['gone.ts', 'there is no such file'],
    ['a.test.ts', 'it is a test'],
    ['a', 'it is not TypeScript'],
  ])('refuses %s: %s', (name, why) => {
    expect(withoutTest(file(name))).toEqual([`${file(name)}: ${why}`]);
  });
});
