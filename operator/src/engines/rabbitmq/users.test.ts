import { describe, expect, it } from '@jest/globals';
import { changesOf } from './changes.ts';
import { observedOf } from './fixtures/observed-of.ts';
import type { Change } from './management.ts';
import { topologyOf, unionOf, type EventEdges } from './topology.ts';

const PASSWORDS = new Map([['identity', 'word']]);
const IDENTITY: EventEdges = {
  service: 'identity',
  publishes: ['consent.changed', 'patient.registered'],
  consumes: ['visit.ended'],
};
const LESS: EventEdges = { service: 'identity', publishes: ['consent.changed'], consumes: [] };

/** What is changed of the permissions of a user that has those of `before`. */
function changes(before: EventEdges, now: EventEdges, rolling: string[]): Change[] {
  const wanted = {
    vhost: 'clinic',
    topology: topologyOf([now]),
    passwords: PASSWORDS,
    nodes: 1,
    administrator: 'admin',
    grace: { noted: [], wanted: ['identity'], now: 0, graceMs: 1_000 },
    rolling: new Set(rolling),
  };
  const { list } = changesOf(observedOf('clinic', topologyOf([before]), PASSWORDS), wanted);
  return list.filter(({ path }) => path[0]?.endsWith('permissions'));
}

describe('the permissions of a service', () => {
  it('stay while pods of a former revision run, for events, retries, dead letters and the queue', () => {
    expect(changes(IDENTITY, LESS, ['identity'])).toEqual([]);
    expect(changes(IDENTITY, LESS, ['other'])).toContainEqual(
      expect.objectContaining({
        path: ['topic-permissions', 'clinic', 'identity'],
        body: { exchange: 'careplane.events', write: String.raw`^(consent\.changed)$`, read: '^$' },
      }),
    );
    expect(changes(IDENTITY, LESS, [])).toHaveLength(4);
  });

  it('grow at once, and keep what there was', () => {
    const more = { ...LESS, publishes: ['new.event'] };
    expect(changes(LESS, more, ['identity'])).toEqual([
      expect.objectContaining({
        body: {
          exchange: 'careplane.events',
          write: String.raw`^(consent\.changed|new\.event)$`,
          read: '^$',
        },
      }),
    ]);
  });

  it('take nothing over from what somebody else wrote', () => {
    const mine = String.raw`^(a\.b)$`;
    expect([unionOf(mine, '.*'), unionOf(mine, '^$'), unionOf(mine)]).toEqual([mine, mine, mine]);
    expect(unionOf('^$', '^$')).toBe('^$');
  });
});
