import { beforeAll, describe, expect, it } from '@jest/globals';
import { NAMESPACE, clinicReady, command, eventually, kubectl, list, type Resource } from './src/cluster.ts';
import { isReady, uidsOf } from './src/pods.ts';

/** Label selectors of the pods that the test deletes, one after another. */
const VICTIMS = [
  'careplane.dev/service=gateway',
  'careplane.dev/service=identity',
  'careplane.dev/service=appointments',
  'careplane.dev/service=mail-sink',
  'careplane.dev/broker=clinic-broker',
  'careplane.dev/store=clinic-db',
  'careplane.dev/store=clinic-cache',
];

async function podsOf(selector: string): Promise<Resource[]> {
  return await list('pods', '-n', NAMESPACE, '-l', selector);
}

/** The desired number of pods, which the autoscaler may change at any time. */
async function wanted(selector: string): Promise<number> {
  const [key = '', value] = selector.split('=');
  const workloads = (await list('deployments,statefulsets', '-n', NAMESPACE)) as Workload[];
  const ours = workloads.filter(({ spec }) => spec.template.metadata.labels[key] === value);
  return ours.reduce((sum, { spec }) => sum + spec.replicas, 0);
}

interface Workload extends Resource {
  spec: { replicas: number; template: { metadata: { labels: Record<string, string> } } };
}

async function demo(appointments: number): Promise<void> {
  const flags = `DEMO_FLAGS=--appointments ${appointments}`;
  // Longer than the demo's own timeout: its report of missing items is worth more than a kill.
  const output = await command('make', ['demo', flags], { timeoutMs: 240_000 });
  expect(output).toContain('all numbers are what they must be');
}

/** Deletes the matching pods and returns the UIDs of all matching pods before. */
async function deletePods(selector: string): Promise<Set<string>> {
  const before = await podsOf(selector);
  expect(before.filter(isReady).length).toBeGreaterThan(0);
  await kubectl('delete', 'pod', '-n', NAMESPACE, '-l', selector, '--wait=false');
  return uidsOf(before);
}

/** Resolves when none of the earlier pods is left, not even terminating, and the desired number is Ready. */
async function replaced(selector: string, before: Set<string>): Promise<void> {
  await eventually(
    'new pods are Ready in place of the deleted ones',
    async () => {
      const now = await podsOf(selector);
      const areGone = !now.some(({ metadata }) => before.has(metadata.uid));
      return areGone && now.filter(isReady).length >= (await wanted(selector)) ? true : undefined;
    },
    180_000,
  );
}

describe('a deleted pod is replaced and the demo passes without intervention', () => {
  beforeAll(async () => {
    await clinicReady();
  }, 300_000);

  it.each(VICTIMS)(
    '%s',
    async (selector) => {
      const before = await deletePods(selector);
      expect(await wanted(selector)).toBeGreaterThan(0);
      await replaced(selector, before);
      await clinicReady();
      await demo(40);
    },
    420_000,
  );

  it('careplane.dev/service=notifications, which load has scaled up from zero', async () => {
    const selector = 'careplane.dev/service=notifications';
    await eventually('load has scaled it up', async () => {
      await demo(1);
      // Checked at once: without further work it scales back to zero.
      return (await podsOf(selector)).some(isReady) ? true : undefined;
    });
    // The ScalingPolicy decides how many come back: there may be no work left.
    await replaced(selector, await deletePods(selector));
    await demo(40);
  }, 420_000);
});
