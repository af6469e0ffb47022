import { describe, expect, it } from '@jest/globals';
import { queueHealth } from './queue-health.ts';
import { depthOf, type QueueView } from './queue-views.ts';

const MEMBERS = ['a', 'b', 'c'];

function viewOf(name: string, view: Partial<QueueView> = {}): [string, QueueView] {
  return [name, { name, leader: 'a', members: MEMBERS, online: MEMBERS, ...view }];
}

describe('queueHealth', () => {
  it('has nothing to say of queues with a leader and all their members', () => {
    const views = new Map([viewOf('one'), viewOf('two')]);
    expect(queueHealth(['one', 'two'], views, 3)).toEqual({
      silent: [],
      leaderless: [],
      degraded: [],
      behind: [],
      problem: undefined,
    });
  });

  it.each([
    ['no leader', { leader: undefined }],
    ['a leader that is down', { online: ['b', 'c'] }],
    ['one of three members', { online: ['a'] }],
    ['one of two members', { members: ['a', 'b'], online: ['a'] }],
  ])('a queue with %s is not served', (_, view) => {
    const { leaderless } = queueHealth(['one', 'two'], new Map([viewOf('one', view), viewOf('two')]), 3);
    expect(leaderless).toEqual(['one']);
  });

  it.each([
    ['two of three members online', ['one'], { online: ['a', 'b'] }],
    ['a member on too few nodes', [], { members: ['a'], online: ['a'] }],
  ])('a queue with %s works, and is named', (_, behind, view) => {
    const health = queueHealth(['one'], new Map([viewOf('one', view)]), 3);
    expect(health).toMatchObject({ leaderless: [], degraded: ['one'], behind });
  });

  it('a queue that is not listed, or tells nothing of its members, is silent', () => {
    const views = new Map([viewOf('one', { members: undefined, online: undefined })]);
    expect(queueHealth(['one', 'two'], views, 1)).toMatchObject({ silent: ['one', 'two'] });
    expect(queueHealth(['one'], 'headers timeout', 1)).toMatchObject({
      silent: ['one'],
      problem: 'headers timeout',
    });
  });
});

describe('depthOf', () => {
  it('counts what is ready and what is out, and nothing of a queue that does not tell', () => {
    expect(depthOf({ name: 'one', messages_ready: 2, messages_unacknowledged: 3 })).toBe(5);
    expect(depthOf({ name: 'one', messages_ready: 2 })).toBeUndefined();
  });
});
