import { describe, expect, it } from '@jest/globals';
import { MetricUnavailable } from './metric-source.ts';
import { podCpu } from './pod-metrics.ts';

const target = { namespace: 'clinic', service: 'a' };

describe('CPU of pods', () => {
  it('sums the containers of each pod, in cores', async () => {
    const items = [
      {
        metadata: { name: 'a-1' },
        containers: [{ usage: { cpu: '250m' } }, { usage: { cpu: '750000000n' } }],
      },
    ];
    const paths: string[] = [];
    const raw = (path: string): Promise<string> => {
      paths.push(path);
      return Promise.resolve(JSON.stringify({ items }));
    };
    expect(await podCpu(target, { raw })).toEqual(new Map([['a-1', 1]]));
    expect(paths).toEqual([
      '/apis/metrics.k8s.io/v1beta1/namespaces/clinic/pods?labelSelector=careplane.dev%2Fservice%3Da',
    ]);
  });

  it('is unavailable when the metrics API fails or answers nonsense', async () => {
    const failing = { raw: (): Promise<string> => Promise.reject(new Error('503')) };
    await expect(podCpu(target, failing)).rejects.toThrow(MetricUnavailable);
    const nonsense = { raw: (): Promise<string> => Promise.resolve('<html>') };
    await expect(podCpu(target, nonsense)).rejects.toThrow(MetricUnavailable);
  });
});
