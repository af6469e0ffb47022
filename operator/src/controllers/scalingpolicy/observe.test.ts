import { describe, expect, it } from '@jest/globals';
import type { ScalingPolicy } from '../../api/scalingpolicy.ts';
import type { Context } from '../../runtime/controller.ts';
import type { KubeObject, ResourceType } from '../../runtime/kube.ts';
import { aBroker, aDeployment, aPolicy, aService } from '../healthcareservice/fixtures/objects.ts';
import type { Pod } from '../../k8s/types.ts';
import { DemandHistory } from './history.ts';
import { MetricUnavailable, type MetricSource } from './metric-source.ts';
import { observe } from './observe.ts';
import type { Observed } from './plan.ts';

function aPod(name: string, cpu: string, phase = 'Running'): Pod {
  const containers = [{ name: 'a', resources: { requests: { cpu } } }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'clinic' },
    spec: { containers },
    status: { phase },
  };
}

function contextOf(objects: KubeObject[]): Context {
  const ofKind = ({ kind }: ResourceType): KubeObject[] => objects.filter((object) => object.kind === kind);
  const cache = {
    get: (type: ResourceType, { name }: { name: string }) =>
      ofKind(type).find(({ metadata }) => metadata.name === name),
    list: (type: ResourceType) => ofKind(type),
  };
  return { cache, now: () => 0 } as unknown as Context;
}

const worker = aService('a', { consumes: [{ event: 'x.y' }] });
const refusing: MetricSource = {
  podCpu: () => Promise.reject(new MetricUnavailable('no metrics')),
  queueDepth: () => Promise.reject(new MetricUnavailable('no broker')),
};

function observed(policy: ScalingPolicy, objects: KubeObject[], metrics: MetricSource): Promise<Observed> {
  return observe(policy, contextOf([policy, ...objects]), { metrics, history: new DemandHistory() });
}

describe('what a policy sees', () => {
  it('is the CPU of each pod that runs, against its request', async () => {
    const policy = aPolicy('a');
    policy.spec = { ...policy.spec, cpu: { utilization: 50 } };
    delete policy.spec.queue;
    const metrics = { ...refusing, podCpu: () => Promise.resolve(new Map([['a-1', 0.2]])) };
    const pods = [aPod('a-1', '100m'), aPod('a-2', '100m'), aPod('a-3', '100m', 'Failed')];
    const { samples } = await observed(policy, [worker, ...pods], metrics);
    expect(samples).toEqual({
      cpu: [
        { request: 0.1, isStarting: true, usage: 0.2 },
        { request: 0.1, isStarting: true },
      ],
    });
  });

  it('counts a pod as started 45 s after it became ready', async () => {
    const policy = aPolicy('a');
    policy.spec = { ...policy.spec, cpu: { utilization: 50 } };
    delete policy.spec.queue;
    const metrics = { ...refusing, podCpu: () => Promise.resolve(new Map([['a-1', 0.2]])) };
    const readySince = (ms: number): Pod => {
      const pod = aPod('a-1', '100m');
      const lastTransitionTime = new Date(ms).toISOString();
      return {
        ...pod,
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }] },
      };
    };
    const isStarting = async (ms: number): Promise<unknown> =>
      (await observed(policy, [worker, readySince(ms)], metrics)).samples.cpu;
    expect(await isStarting(-45_000)).toMatchObject([{ isStarting: false }]);
    expect(await isStarting(-44_000)).toMatchObject([{ isStarting: true }]);
  });

  it('is the depth of the queue at the broker of the service', async () => {
    const asked: string[] = [];
    const metrics: MetricSource = {
      ...refusing,
      queueDepth: ({ broker, service }) => {
        asked.push(`${broker}/${service}`);
        return Promise.resolve(12);
      },
    };
    const { samples } = await observed(aPolicy('a'), [worker, aBroker('rabbit')], metrics);
    expect(samples).toEqual({ queue: 12 });
    expect(asked).toEqual(['rabbit/a']);
  });

  it('says why a metric is missing', async () => {
    expect((await observed(aPolicy('a'), [worker, aBroker('rabbit')], refusing)).samples).toEqual({
      queue: { unavailable: 'no broker' },
    });
    expect((await observed(aPolicy('a'), [worker], refusing)).samples).toEqual({
      queue: { unavailable: 'no MessageBroker in the namespace' },
    });
    expect((await observed(aPolicy('a'), [aService('a'), aBroker('rabbit')], refusing)).samples).toEqual({
      queue: { unavailable: 'a consumes no event and has no queue: take the trigger queue out' },
    });
  });

  it('asks nobody while it is paused', async () => {
    const policy = aPolicy('a');
    policy.spec = { ...policy.spec, pause: true };
    expect((await observed(policy, [worker, aBroker('rabbit')], refusing)).samples).toEqual({});
  });

  it('begins with the replicas that run, then goes by its own last decision', async () => {
    const objects = [worker, aBroker('rabbit'), aDeployment('a', 4)];
    expect((await observed(aPolicy('a'), objects, refusing)).current).toBe(4);
    expect((await observed(aPolicy('a', 2), objects, refusing)).current).toBe(2);
  });
});
