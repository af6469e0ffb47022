import { describe, expect, it } from '@jest/globals';
import type { QueueView } from './queue-views.ts';
import { shrinkStep, type ShrinkStep } from './shrink.ts';

const NODES = ['n0', 'n1', 'n2'];
const queueOf = (view: Partial<QueueView> = {}): QueueView => ({
  name: 'q',
  vhost: 'clinic',
  type: 'quorum',
  node: 'n2',
  leader: 'n2',
  members: NODES,
  online: NODES,
  ...view,
});

function step(queues: QueueView[], running = NODES): ShrinkStep {
  return shrinkStep({ present: NODES, wanted: 1, running: new Set(running), queues });
}

describe('shrinkStep', () => {
  it('lets the last node leave first, also when it leads', () => {
    expect(step([queueOf()])).toEqual({ leaving: 'n2' });
    expect(step([])).toEqual({ leaving: 'n2' });
  });

  it('waits while a node is down, and names it', () => {
    expect(step([queueOf()], ['n0', 'n2'])).toEqual({ blocked: expect.stringMatching(/: n1$/) });
  });

  it.each([
    ['has no member on a node that stays', { members: ['n1', 'n2'], online: ['n1', 'n2'] }],
    ['has a member that is behind', { online: ['n0', 'n2'] }],
    ['has a member on a node that is gone', { members: ['n0', 'n9'], online: ['n0', 'n9'] }],
    ['does not tell of its members', { members: undefined }],
    ['has no leader', { leader: undefined }],
    ['is no quorum queue and has its messages on a node that leaves', { type: 'classic', node: 'n1' }],
  ])('is blocked by a queue that %s, and names it', (_, view) => {
    expect(step([queueOf({ name: 'well' }), queueOf(view)])).toEqual({
      blocked: expect.stringMatching(/: clinic\/q( \(classic\))?$/),
    });
  });

  it('does not mind other queues on a node that stays', () => {
    expect(step([queueOf({ type: 'classic', node: 'n0' })])).toEqual({ leaving: 'n2' });
  });
});
