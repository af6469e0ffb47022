import { describe, expect, it } from '@jest/globals';
import { workloadsOfImages } from './workloads-of-images.ts';

describe('workloadsOfImages', () => {
  it('names the workloads one of whose containers runs a changed image, and no others', () => {
    const workload = (
      name: string,
      ...images: string[]
    ): Parameters<typeof workloadsOfImages>[0][number] => ({
      kind: 'Deployment',
      metadata: { namespace: 'clinic', name },
      spec: { template: { spec: { containers: images.map((image) => ({ image })) } } },
    });
    const all = [
      workload('gateway', 'r/gateway:1'),
      workload('identity', 'r/identity:1'),
      workload('two', 'r/x:1', 'r/gateway:1'),
    ];

    const found = workloadsOfImages(all, new Set(['r/gateway:1']));

    expect(found.map(({ metadata }) => metadata.name)).toEqual(['gateway', 'two']);
  });
});
