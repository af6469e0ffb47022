import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..');
const page = readFileSync(join(ROOT, 'docs/reference/claims.md'), 'utf8');
const files = new Map(
  [...page.matchAll(/^\| ([a-z-]+) +\| `([^`]+)` +\|$/gm)].map(([, name = '', path = '']) => [name, path]),
);
const claims = [...page.matchAll(/^\| (?!Claim|Name|---)([^|]+?) +\| ([a-z-]+): (.+?) +\|$/gm)].map(
  ([, claim = '', name = '', title = '']) => ({ claim, name, title }),
);

describe('what is claimed of the entrance', () => {
  it('names a test that is there for each claim, and a file for each name', () => {
    const missing = claims.filter(({ name, title }) => {
      const path = files.get(name);
      return path === undefined || !readFileSync(join(ROOT, path), 'utf8').includes(`'${title}'`);
    });
    expect(missing).toEqual([]);
    expect([...files.keys()].filter((name) => !claims.some((claim) => claim.name === name))).toEqual([]);
  });

  it('is all read by this test', () => {
    const [, ...sections] = page.split(/^## /m);
    const rows = sections.flatMap((section) => section.split('\n').filter((line) => line.startsWith('| ')));
    expect(claims).toHaveLength(rows.length - 2 * sections.length);
  });
});
