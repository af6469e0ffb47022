import { expect, it } from '@jest/globals';
import { enableFeatureFlags } from './feature-flags.ts';
import { ManagementError, type ManagementClient } from './management.ts';

const flag = (name: string, state: string, stability = 'stable'): Record<string, string> => ({
  name,
  state,
  stability,
});

it('enables the stable flags that are off, and names those that the broker refuses', async () => {
  const flags = [
    flag('on', 'enabled'),
    flag('new', 'disabled'),
    flag('refused', 'disabled'),
    flag('try', 'disabled', 'experimental'),
    flag('mixed', 'unavailable'),
    flag('khepri_db', 'disabled'),
  ];
  const enabled: string[] = [];
  const put = (path: string): Promise<void> => {
    enabled.push(path);
    const isRefused = path.includes('refused');
    return isRefused ? Promise.reject(new ManagementError('PUT', path, 400, 'no')) : Promise.resolve();
  };
  const client = { get: () => Promise.resolve(flags), put } as unknown as ManagementClient;
  expect(await enableFeatureFlags(client)).toEqual({
    refused: [{ what: 'feature flag refused', reason: expect.stringContaining('400 no') }],
    pending: ['refused'],
  });
  expect(enabled).toEqual(['/feature-flags/new/enable', '/feature-flags/refused/enable']);
});
