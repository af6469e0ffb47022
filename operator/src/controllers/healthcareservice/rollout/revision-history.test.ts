import { describe, expect, it } from '@jest/globals';
import type { ControllerRevision } from '../../../k8s/types.ts';
import { Revision } from './revision.ts';
import { historyObjects, historyOf, withTarget } from './revision-history.ts';

const hash = (digit: number): string => String(digit).repeat(10);
const revision = (digit: number): Revision =>
  new Revision(hash(digit), { text: `{"metadata":{},"spec":{"n":${String(digit)}}}` });

/** The history after these revisions were asked for, one after the other. */
function asked(...digits: number[]): ControllerRevision[] {
  let kept: ControllerRevision[] = [];
  for (const digit of digits) {
    const history = withTarget(historyOf(kept, undefined), revision(digit));
    kept = historyObjects('a', history, new Set([hash(digit)])) as unknown as ControllerRevision[];
  }
  return kept;
}

const numbers = (kept: readonly ControllerRevision[]): Record<string, number> =>
  Object.fromEntries(kept.map(({ metadata, revision: number }) => [metadata.name.slice(2, 3), number]));

describe('the history of revisions', () => {
  it('numbers them as they are asked for', () => {
    expect(numbers(asked(1, 2, 3))).toEqual({ 1: 1, 2: 2, 3: 3 });
  });

  it('changes nothing while the same one is asked for', () => {
    expect(asked(1, 2, 2, 2)).toEqual(asked(1, 2));
  });

  it('makes an old one the newest when it is asked for again, with the same content', () => {
    const kept = asked(1, 2, 1);
    expect(numbers(kept)).toEqual({ 1: 3, 2: 2 });
    expect(kept.find(({ metadata }) => metadata.name === `a-${hash(1)}`)?.data).toEqual(asked(1)[0]?.data);
  });

  it('lets the oldest go, but none that is needed', () => {
    const history = historyOf(asked(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), undefined);
    const newer = withTarget(history, new Revision('a'.repeat(10), { text: '{}' }));
    const names = (needed: string[]): string[] =>
      historyObjects('a', newer, new Set(needed)).map(({ metadata }) => metadata.name);
    expect(names([])).not.toContain(`a-${hash(0)}`);
    expect(names([hash(0)])).toContain(`a-${hash(0)}`);
    expect(names([hash(0)])).not.toContain(`a-${hash(1)}`);
    expect(names([hash(0)])).toHaveLength(10);
  });
});
