import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { kinds } from '../api/kinds.ts';
import { readSettings } from '../config.ts';
import { controllers } from '../controllers/index.ts';
import { OWN_DESCRIPTIONS } from '../runtime/status/own-conditions.ts';
import { conditionCatalogue, eventCatalogue } from './index.ts';

const root = join(import.meta.dirname, '../../..');
const sources = globSync('operator/src/**/*.ts', { cwd: root })
  .filter((path) => !path.endsWith('.test.ts') && !path.includes('/fixtures/'))
  .map((path) => readFileSync(join(root, path), 'utf8'));

function described(pattern: RegExp): string[] {
  return sources.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')).sort();
}

describe('the catalogue of conditions', () => {
  it('collects every condition and event that the sources describe, each once', () => {
    const conditions = described(/ = conditionType\(\{\s+type: '(\w+)'/g);
    expect(conditions.length).toBeGreaterThan(20);
    expect(conditionCatalogue.map(({ type }) => type).sort()).toEqual(conditions);
    const events = described(/ = eventType\(\{\s+type: '\w+',\s+reason: '(\w+)'/g);
    expect(eventCatalogue.map(({ reason }) => reason).sort()).toEqual(events);
  });

  it('names kinds that exist', () => {
    const names = new Set(['every kind', ...kinds.map(({ kind }) => kind)]);
    const named = [...conditionCatalogue, ...eventCatalogue].flatMap((entry) => entry.kinds);
    expect(named.filter((kind) => !names.has(kind))).toEqual([]);
  });

  it('has each condition in the table of its kind, which decides what needs a person', () => {
    const tables = controllers(readSettings([], {})).map(
      ({ type, conditions }) => [type.kind, conditions] as const,
    );
    const wrong = tables.flatMap(([kind, table]) => {
      const listed = table.map(({ type }) => type);
      const described = conditionCatalogue
        .filter(({ kinds }) => kinds.includes(kind))
        .map(({ type }) => type);
      const missing = described.filter((type) => !listed.includes(type));
      const foreign = listed.filter((type) => !described.includes(type));
      return [
        ...missing.map((type) => `${type} is missing in the conditions of the controller of ${kind}`),
        ...foreign.map((type) => `${type} does not name ${kind} among its kinds`),
      ];
    });
    expect(wrong).toEqual([]);
    const own = conditionCatalogue.filter(({ kinds }) => kinds.includes('every kind'));
    expect(new Set(OWN_DESCRIPTIONS)).toEqual(new Set(own));
  });

  it('says of every reason that is not True whether it needs a person', () => {
    const silent = conditionCatalogue.flatMap(({ type, reasons }) =>
      Object.entries(reasons)
        .filter(([, { status, needsPerson }]) => status !== 'True' && needsPerson === undefined)
        .map(([reason]) => `${type} ${reason}: say needsPerson`),
    );
    expect(silent).toEqual([]);
  });

  it('links to pages that exist', () => {
    const pages = [...conditionCatalogue.flatMap(({ reasons }) => Object.values(reasons)), ...eventCatalogue]
      .map(({ page }) => page)
      .filter((page) => page !== undefined);
    expect(pages.length).toBeGreaterThan(0);
    expect(pages.filter((page) => !existsSync(join(root, page)))).toEqual([]);
  });
});
