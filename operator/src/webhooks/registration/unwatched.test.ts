import { describe, expect, it } from '@jest/globals';
import { labelSelector } from './label-selector.ts';
import { unwatchedNamespaces } from './unwatched.ts';

const selectors = (namespaces: string[], selector = ''): unknown[] =>
  unwatchedNamespaces({ namespaces, requirements: labelSelector(selector).matchExpressions ?? [] }).map(
    ({ matchExpressions }) => matchExpressions,
  );
const key = 'kubernetes.io/metadata.name';

describe('unwatchedNamespaces', () => {
  it('are none when all are watched', () => {
    expect(selectors([])).toEqual([]);
  });

  it('are all but the named ones', () => {
    expect(selectors(['b', 'a'])).toEqual([[{ key, operator: 'NotIn', values: ['a', 'b'] }]]);
  });

  it('are those without the label of a shard: another value is another shard', () => {
    expect(selectors([], 'shard=north')).toEqual([[{ key: 'shard', operator: 'DoesNotExist' }]]);
    expect(selectors([], 'shard!=north,!old')).toEqual([]);
  });

  it('overlap nowhere, so that nobody is warned twice', () => {
    expect(selectors(['a'], 'shard=north,tier in (x)')).toEqual([
      [{ key, operator: 'NotIn', values: ['a'] }],
      [
        { key, operator: 'In', values: ['a'] },
        { key: 'shard', operator: 'DoesNotExist' },
      ],
      [
        { key, operator: 'In', values: ['a'] },
        { key: 'shard', operator: 'Exists' },
        { key: 'tier', operator: 'DoesNotExist' },
      ],
    ]);
  });
});
