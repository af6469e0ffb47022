import { describe, expect, it } from '@jest/globals';
import type { ControllerRevision, Deployment } from '../../../k8s/types.ts';
import { LABEL } from '../../../api/group.ts';
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

  it('keeps more than ten when more are needed, the newest of the others', () => {
    const all = Array.from({ length: 12 }, (_, index) => index.toString(16).repeat(10));
    let history = historyOf([], undefined);
    for (const each of all) history = withTarget(history, new Revision(each, { text: '{}' }));
    expect(historyObjects('a', history, new Set(all))).toHaveLength(12);
    const kept = historyObjects('a', history, new Set(all.slice(0, 2))).map(({ metadata }) => metadata.name);
    expect(kept).toEqual([...all.slice(0, 2), ...all.slice(4)].map((each) => `a-${each}`));
  });

  it('is in the order in which revisions were asked for, whatever the order of the objects', () => {
    const history = historyOf(asked(1, 2, 3).reverse(), undefined);
    expect(historyObjects('a', history, new Set()).map((object) => object['revision'])).toEqual([1, 2, 3]);
  });

  const deployment = (digits: string | undefined): Deployment => {
    const labels = digits === undefined ? {} : { [LABEL.revision]: digits };
    const template = { metadata: { labels }, spec: { containers: [] } };
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a' },
      spec: { template },
    };
  };

  it('knows what the Deployment runs although its object is gone, as the oldest', () => {
    const history = historyOf(asked(1), deployment(hash(2)));
    expect([...history].map(([digits, { number }]) => [digits, number])).toEqual([
      [hash(2), 0],
      [hash(1), 1],
    ]);
    expect(history.get(hash(2))?.revision.template.metadata.labels).toEqual({ [LABEL.revision]: hash(2) });
    // An object says 1 at least, and what is asked for again becomes the newest.
    expect(historyObjects('a', history, new Set()).map((object) => object['revision'])).toEqual([1, 1]);
    const again = historyOf([], deployment(hash(2)));
    expect(withTarget(again, revision(2)).get(hash(2))?.number).toBe(1);
  });

  it('believes the object of a revision rather than the Deployment, and no label that is no hash', () => {
    expect(historyOf(asked(1), deployment(hash(1))).get(hash(1))?.number).toBe(1);
    expect(historyOf([], deployment('latest')).size).toBe(0);
    expect(historyOf([], deployment(undefined)).size).toBe(0);
    expect(historyOf([], { ...deployment(hash(1)), spec: {} }).size).toBe(0);
  });

  it('passes over objects that keep no revision of ours', () => {
    const [kept] = asked(1);
    if (kept === undefined) throw new Error('nothing is kept');
    expect(historyOf([{ ...kept, data: {} }], undefined).size).toBe(0);
    expect(historyOf([{ ...kept, metadata: { name: 'x' } }], undefined).size).toBe(0);
  });
});
