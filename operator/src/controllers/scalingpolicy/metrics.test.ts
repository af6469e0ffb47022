import { describe, expect, it } from '@jest/globals';
import type { Context } from '../../runtime/controller.ts';
import { MetricUnavailable } from './metric-source.ts';
import { clusterMetrics } from './metrics.ts';

const target = { namespace: 'clinic', service: 'notifications', broker: 'rabbit' };
const context = {} as Context;

describe('backlog of a service', () => {
  it('is the depth of the queue that has its name', async () => {
    const asked: unknown[] = [];
    const source = clusterMetrics((queue) => {
      asked.push(queue);
      return Promise.resolve(7);
    });
    expect(await source.queueDepth(target, context)).toBe(7);
    expect(asked).toEqual([{ namespace: 'clinic', broker: 'rabbit', queue: 'notifications' }]);
  });

  it('is unavailable, in words that do not change with the fault, when the broker does not answer', async () => {
    const messages: string[] = [];
    for (const fault of ['ECONNREFUSED 10.1.1.1', 'timeout after 3001 ms']) {
      const source = clusterMetrics(() => Promise.reject(new Error(fault)));
      const refusal = await source.queueDepth(target, context).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(MetricUnavailable);
      messages.push((refusal as Error).message);
    }
    expect(new Set(messages).size).toBe(1);
  });
});
