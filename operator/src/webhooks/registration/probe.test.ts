import { describe, expect, it } from '@jest/globals';
import { ApiError, ApiUnreachable } from '../../runtime/errors.ts';
import { reachOf, reachThroughApiServer } from './probe.ts';

const refused = (message: string): ApiError =>
  new ApiError({ status: 500, reason: 'InternalError', message, path: '/leases' });

describe('the probe', () => {
  it('has reached the webhooks when they refuse it', () => {
    expect(reachOf(refused('admission webhook "probe.careplane.dev" denied the request: yes'))).toEqual({
      answer: 'reached',
    });
  });

  it('says why the API server does not reach them', () => {
    const problem = 'failed calling webhook "probe.careplane.dev": context deadline exceeded';
    expect(reachOf(refused(problem))).toMatchObject({
      answer: 'unreachable',
      problem: expect.stringContaining(problem) as unknown,
    });
  });

  it('is unheard of where nobody refuses it', async () => {
    const client = {
      dryRun: () => Promise.resolve({ apiVersion: 'v1', kind: 'Lease', metadata: { name: 'x' } }),
    };
    const { signal } = new AbortController();
    const reach = await reachThroughApiServer(client, { name: 'x', namespace: 'n' }, signal);
    expect(reach).toEqual({ answer: 'unheard' });
  });

  it.each<[string, Error]>([
    ['somebody else refuses it', refused('leases is forbidden: exceeded quota')],
    ['the API server does not answer', new ApiUnreachable('/leases', new Error('reset'))],
  ])('says nothing of the webhooks when %s', (_, error) => {
    expect(() => reachOf(error)).toThrow(error);
  });
});
