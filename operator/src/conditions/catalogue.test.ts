import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { kinds } from '../api/kinds.ts';
import { usedReasons } from './fixtures/used-reasons.ts';
import { conditionCatalogue, eventCatalogue } from './index.ts';

const root = join(import.meta.dirname, '../../..');
const used = usedReasons(join(root, 'operator/src'));
const known = new Set([
  ...conditionCatalogue.flatMap(({ reasons }) => Object.keys(reasons)),
  ...eventCatalogue.map(({ reason }) => reason),
]);

describe('the catalogue of conditions', () => {
  it('has every reason that is written down in the sources (a new one: add it to operator/src/conditions)', () => {
    const missing = [...used.reasons].filter(([reason]) => !known.has(reason));
    expect(missing).toEqual([]);
  });

  it('has no reason and no condition that nobody sets', () => {
    expect([...known].filter((reason) => !used.reasons.has(reason))).toEqual([]);
    expect(conditionCatalogue.filter(({ type }) => !used.types.has(type)).map(({ type }) => type)).toEqual(
      [],
    );
  });

  it('has each condition once, of kinds that exist', () => {
    const types = conditionCatalogue.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    const names = new Set(['every kind', ...kinds.map(({ kind }) => kind)]);
    expect(conditionCatalogue.flatMap((entry) => entry.kinds).filter((kind) => !names.has(kind))).toEqual([]);
  });

  it('links to pages that exist', () => {
    const pages = [...conditionCatalogue.flatMap(({ reasons }) => Object.values(reasons)), ...eventCatalogue]
      .map(({ page }) => page)
      .filter((page) => page !== undefined);
    expect(pages.length).toBeGreaterThan(0);
    expect(pages.filter((page) => !existsSync(join(root, page)))).toEqual([]);
  });
});
