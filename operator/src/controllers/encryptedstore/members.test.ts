import { describe, expect, it, jest } from '@jest/globals';
import type { EnginePod } from '../../k8s/pods.ts';
import { oncePerVersion } from './members.ts';

const pod = (resourceVersion: string): EnginePod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'db-0', namespace: 'clinic', uid: 'same', resourceVersion },
});

describe('what a member was started with', () => {
  it('is asked once for a version of its pod, and again when the pod has changed', async () => {
    const ask = oncePerVersion<string>();
    const read = jest.fn(() => Promise.resolve('/data'));
    const [first, restarted] = [pod('1'), pod('2')];
    expect(await ask(first, read)).toBe('/data');
    expect(await ask(first, read)).toBe('/data');
    expect(read).toHaveBeenCalledTimes(1);
    read.mockResolvedValueOnce('/elsewhere');
    expect(await ask(restarted, read)).toBe('/elsewhere');
  });

  it('is asked again after a failure', async () => {
    const ask = oncePerVersion<string>();
    const one = pod('1');
    await expect(ask(one, () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await ask(one, () => Promise.resolve('/data'))).toBe('/data');
  });
});
