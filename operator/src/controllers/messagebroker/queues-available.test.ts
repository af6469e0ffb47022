import { describe, expect, it } from '@jest/globals';
import type { QueueHealth } from '../../engines/rabbitmq/queue-health.ts';
import { queuesAvailable } from './queues-available.ts';

const WELL: QueueHealth = { silent: [], leaderless: [], degraded: [], behind: [], problem: undefined };

describe('the condition QueuesAvailable', () => {
  it('names the queues without a majority first, then those that are silent', () => {
    const condition = queuesAvailable({ ...WELL, leaderless: ['b', 'a'], silent: ['c'], degraded: ['d'] });
    expect(condition).toMatchObject({ status: 'False', reason: 'NoMajority', alarming: true });
    expect(condition.message).toMatch(/: a, b; no answer: c$/);
    expect(queuesAvailable({ ...WELL, silent: ['c'], problem: 'headers timeout' })).toMatchObject({
      status: 'False',
      reason: 'NoAnswer',
      message: 'these queues do not answer: c (headers timeout)',
    });
  });

  it('is True and names the queues that work with a member less', () => {
    expect(queuesAvailable({ ...WELL, degraded: ['d'] })).toMatchObject({
      status: 'True',
      reason: 'MembersMissing',
      message: 'not every member is online: d',
    });
    expect(queuesAvailable(WELL)).toMatchObject({ status: 'True', reason: 'Available' });
  });

  it('does not name hundreds', () => {
    const silent = Array.from({ length: 12 }, (_, index) => `q${index + 10}`);
    expect(queuesAvailable({ ...WELL, silent }).message).toMatch(/q19, and 2 more$/);
  });
});
