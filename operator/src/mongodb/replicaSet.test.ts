import { describe, expect, it } from '@jest/globals';
import { mustStepDown, nextConfig, type ReplicaSetView } from './replicaSet.ts';

function view(hosts: string[], primary = hosts[0]): ReplicaSetView {
  const members = hosts.map((host, index) => ({ _id: index * 2, host, priority: 1 }));
  return { config: { _id: 'rs0', version: 7, term: 3, members }, primary, healthy: hosts };
}

describe('nextConfig', () => {
  it('is nothing when the members are those that are wanted, in whatever order', () => {
    expect(nextConfig(view(['a', 'b', 'c']), ['c', 'a', 'b'])).toBeUndefined();
  });

  it('adds one member at a time under a fresh id and keeps every other field', () => {
    const next = nextConfig(view(['a']), ['a', 'b', 'c']);
    expect(next).toMatchObject({ version: 8, term: 3 });
    expect(next?.members).toEqual([
      { _id: 0, host: 'a', priority: 1 },
      { _id: 1, host: 'b' },
    ]);
  });

  it('removes one member at a time, never the primary', () => {
    const next = nextConfig(view(['a', 'b', 'c'], 'b'), ['a']);
    expect(next?.members.map(({ host }) => host)).toEqual(['a', 'b']);
    expect(nextConfig(view(['a', 'b'], 'b'), ['a'])).toBeUndefined();
    expect(mustStepDown(view(['a', 'b'], 'b'), ['a'])).toBe(true);
    expect(mustStepDown(view(['a', 'b'], 'a'), ['a'])).toBe(false);
  });
});
