import { describe, expect, it } from '@jest/globals';
import type { ReplicaSetView } from '../../engines/mongodb/replica-set.ts';
import { NOBODY } from '../../engines/mongodb/staleness.ts';
import { warningsOf } from '../../runtime/status/reasons.ts';
import { holders, primaryCondition, resyncEvents, toldResyncs } from './replica-set.ts';

const HOSTS = ['db-0.db.clinic:27017', 'db-1.db.clinic:27017', 'db-2.db.clinic:27017'];

function view(changes: Partial<ReplicaSetView> = {}): ReplicaSetView {
  const members = HOSTS.map((host, _id) => ({ _id, host }));
  return {
    config: { _id: 'rs0', version: 1, members },
    primary: HOSTS[0],
    healthy: HOSTS,
    sick: [],
    majority: 2,
    ...changes,
  };
}

function judge(given: ReplicaSetView | undefined, note?: string, refusal?: string): string {
  const { status, reason, message } = primaryCondition({ view: given, note, behind: NOBODY }, refusal);
  return `${status} ${reason} ${message}`;
}

describe('the condition PrimaryAvailable of a replica set', () => {
  it('is True while there is a primary, and names the member that is missing', () => {
    expect(judge(view())).toBe('True Available 3 of 3 members are up');
    const sick = [{ host: HOSTS[1] ?? '', state: '(not reachable/healthy)' }];
    expect(judge(view({ healthy: HOSTS.slice(1), sick }))).toBe(
      'True Degraded 2 of 3 members are up; db-1 is (not reachable/healthy)',
    );
  });

  it('is False without a primary, and has the words of the API server when it refuses the pods', () => {
    expect(judge(view({ primary: undefined, healthy: [] }))).toMatch('False NoPrimary');
    expect(judge(undefined, 'waiting')).toBe('False NotInitiated waiting');
    expect(judge(undefined, 'waiting', 'exceeded quota')).toBe('False PodsRefused exceeded quota');
    expect(judge(view(), undefined, 'exceeded quota')).toMatch(
      'True Available 3 of 3 members are up; exceeded quota',
    );
  });

  it('is False, and makes an Event, when all data is lost', () => {
    const lost = {
      view: undefined,
      note: 'every member is empty',
      behind: NOBODY,
      isDataLost: true,
    } as const;
    const condition = primaryCondition(lost, 'exceeded quota');
    expect(warningsOf([condition])).toEqual([
      { type: 'Warning', reason: 'DataLost', message: 'every member is empty' },
    ]);
    expect(condition.status).toBe('False');
  });

  it('is False while no majority has the data, and names who would have to copy it', () => {
    const behind = { hosts: HOSTS.slice(1), isMajorityCurrent: false };
    expect(
      primaryCondition({ view: view({ healthy: HOSTS.slice(0, 1) }), note: undefined, behind }),
    ).toMatchObject({
      status: 'False',
      reason: 'MajorityStale',
      message: expect.stringMatching(/^db-1, db-2 cannot catch up/) as unknown,
    });
  });
});

describe('what pods are told of resyncs', () => {
  const resyncing = [{ member: 'db-1', pod: 'uid-1', since: '2026-11-29T12:00:00Z' }];
  const told = (status: 'True' | 'False', type = 'PrimaryAvailable'): unknown =>
    toldResyncs({
      resyncing,
      conditions: [{ type, status, reason: 'X', message: '', lastTransitionTime: '' }],
    });

  it('is nothing while the set has no primary', () => {
    expect(told('True')).toEqual(resyncing);
    expect(told('False')).toEqual([]);
    expect(told('True', 'Ready')).toEqual([]);
    expect(toldResyncs({ resyncing })).toEqual([]);
    expect(toldResyncs(undefined)).toEqual([]);
  });
});

describe('the events of resyncs', () => {
  it('are one warning for each that begins', () => {
    const [first, second] = ['uid-1', 'uid-2'].map((uid) => ({
      member: 'db-1',
      pod: uid,
      since: '2026-11-29T12:00:00Z',
    }));
    const told = (noted: unknown[], now: unknown[]): unknown =>
      resyncEvents(noted as never, now as never).map(
        ({ type, reason, message }) => `${type} ${reason} ${message}`,
      );
    expect(told([], [first])).toEqual([expect.stringMatching(/^Warning Resyncing db-1 was too far behind/)]);
    expect(told([first], [first])).toEqual([]);
    expect(told([first], [second])).toHaveLength(1);
  });
});

describe('the members that may have data', () => {
  it('are those of the StatefulSet and those of which a volume is there', () => {
    const workload = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: { replicas: 1 },
    };
    const claims = new Map(['db-2', 'db-1'].map((name) => [name, {} as never]));
    expect(holders({ claims, workload })).toEqual([0, 1, 2]);
    expect(holders({ claims: new Map(), workload: undefined })).toEqual([]);
  });
});
