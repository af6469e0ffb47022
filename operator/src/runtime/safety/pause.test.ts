import { describe, expect, it } from '@jest/globals';
import { summarize } from '../status/conditions.ts';
import type { JudgedCondition } from '../controller.ts';
import { isPaused, pausedConditions, pausedStatus } from './pause.ts';

const annotated = (annotations?: Record<string, string>): Parameters<typeof isPaused>[0] => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...(annotations === undefined ? {} : { annotations }) },
});
const judged = (type: string, status: JudgedCondition['status']): JudgedCondition => ({
  type,
  status,
  reason: 'Seen',
  message: 'm',
});

describe('a pause', () => {
  it.each([
    [{ 'careplane.dev/paused': 'true' }, true],
    [{ 'careplane.dev/paused': 'false' }, false],
    [{ 'careplane.dev/paused': '' }, false],
    [undefined, false],
  ])('is asked for by exactly "true": %p', (annotations, expected) => {
    expect(isPaused(annotated(annotations))).toBe(expected);
  });

  it('leaves what the plan saw, and says Unknown of what only act could know', () => {
    const plan = { conditions: [judged('Available', 'False'), judged('UsersSynced', 'False')] };
    const conditions = pausedConditions(plan, { judgedByAct: ['UsersSynced'] }, []);
    expect(conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`)).toEqual([
      'Available=False/Seen',
      'UsersSynced=Unknown/Paused',
      'Paused=True/Paused',
    ]);
  });

  it('does not make an object unready by itself', () => {
    expect(summarize(pausedConditions({ conditions: [judged('Available', 'True')] }, {}, []))).toMatchObject({
      status: 'True',
    });
  });

  it('keeps what others act upon and what only act knows, and shows the rest', () => {
    const current = { desiredReplicas: 2, asked: 'once', ready: 1 };
    const planned = { desiredReplicas: 5, ready: 0 };
    expect(pausedStatus(current, planned, { decides: ['desiredReplicas'] })).toEqual({
      desiredReplicas: 2,
      asked: 'once',
      ready: 0,
    });
  });

  it('names a few of the children that wait and counts the others', () => {
    const pending = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `ConfigMap ${name}`);
    const message = pausedConditions({ conditions: [] }, {}, pending)[0]?.message;
    expect(message).toContain('ConfigMap a, ConfigMap b');
    expect(message).toMatch(/ConfigMap e and 2 more$/);
  });
});
