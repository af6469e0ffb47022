import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../../../..');
const text = readFileSync(join(ROOT, 'docs/reference/smart.md'), 'utf8');
const files = new Map(
  [...text.matchAll(/^\| ([a-z-]+) +\| `([^`]+)` +\|$/gm)].map(([, name = '', path = '']) => [name, path]),
);
const rows = [...text.matchAll(/^\| (\d+) +\| (.+?) +\| (.+?) +\|$/gm)].map(
  ([, id, rule, evidence = '']) => ({
    id: Number(id),
    rule,
    evidence,
  }),
);
/** How many rules on servers say SHALL or SHALL NOT. */
const RULES = 172;

describe('the ledger of SMART', () => {
  it('has every rule once', () => {
    expect(rows).toHaveLength(RULES);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(RULES);
  });

  it('names tests that are there', () => {
    const named = rows.filter(({ evidence }) => files.has(evidence.split(':')[0] ?? ''));
    const missing = named.filter(({ evidence }) => {
      const [name = '', ...rest] = evidence.split(': ');
      const source = readFileSync(join(ROOT, files.get(name) ?? ''), 'utf8');
      const title = rest.join(': ');
      return !source.includes(`'${title}'`);
    });
    expect(missing.map(({ id, evidence }) => `${id}: ${evidence}`)).toEqual([]);
    const applying = rows.filter(({ evidence }) => !evidence.startsWith('Does not apply'));
    expect(named.length / applying.length).toBeGreaterThanOrEqual(0.9);
  });
});
