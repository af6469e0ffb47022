import { describe, expect, it } from '@jest/globals';
import { nextMove, type Move } from './members.ts';
import { ELECTION_SETTINGS, type ReplicaSetView } from './replica-set.ts';

interface Given {
  primary?: string;
  healthy?: string[];
  reachable?: string[];
  settings?: Record<string, unknown>;
}

function move(hosts: string[], wanted: string[], given: Given = {}): Move | undefined {
  const members = hosts.map((host, index) => ({ _id: index * 2, host, priority: 1 }));
  const view: ReplicaSetView = {
    config: { _id: 'rs0', version: 7, term: 3, members, settings: given.settings ?? ELECTION_SETTINGS },
    primary: given.primary ?? hosts[0],
    healthy: given.healthy ?? hosts,
    sick: [],
    majority: Math.floor(hosts.length / 2) + 1,
  };
  return nextMove(view, { members: wanted, reachable: given.reachable ?? wanted });
}

describe('nextMove', () => {
  it('is nothing when the members are those that are wanted, in whatever order', () => {
    expect(move(['a', 'b', 'c'], ['c', 'a', 'b'])).toBeUndefined();
  });

  it('brings the election settings in, and keeps the others', () => {
    const settings = { electionTimeoutMillis: 10_000, heartbeatIntervalMillis: 2_000, chainingAllowed: true };
    const tuned = move(['a', 'b', 'c'], ['a', 'b', 'c'], { settings })?.config;
    expect(tuned).toMatchObject({ version: 8, settings: { ...ELECTION_SETTINGS, chainingAllowed: true } });
    expect(tuned?.members).toHaveLength(3);
  });

  it('adds one member at a time under a fresh id and keeps every other field', () => {
    const config = move(['a'], ['a', 'b', 'c'])?.config;
    expect(config).toMatchObject({ version: 8, term: 3 });
    expect(config?.members).toEqual([
      { _id: 0, host: 'a', priority: 1 },
      { _id: 1, host: 'b' },
    ]);
  });

  it('adds nobody while a member catches up, and nobody who cannot be reached', () => {
    expect(move(['a', 'b'], ['a', 'b', 'c'], { healthy: ['a'] })).toEqual({
      note: expect.stringMatching(/catch up/),
    });
    expect(move(['a'], ['a', 'b'], { reachable: ['a'] })).toEqual({
      note: expect.stringMatching(/to start/),
    });
  });

  it('removes one member at a time, from the last on', () => {
    expect(move(['a', 'b', 'c'], ['a'])?.config?.members.map(({ host }) => host)).toEqual(['a', 'b']);
  });

  it('lets a primary that has to leave hand over first', () => {
    expect(move(['a', 'b', 'c'], ['a'], { primary: 'c' })).toMatchObject({ stepDown: true });
  });

  it('removes nobody while a member that stays is down: the rest would have no majority', () => {
    const waiting = move(['a', 'b', 'c'], ['a'], { primary: 'b', healthy: ['b', 'c'] });
    expect(waiting).toEqual({ note: expect.stringMatching(/members that stay/) });
  });
});
