import { beforeAll, describe, expect, it } from '@jest/globals';
import { NAMESPACE, clinicReady, command, eventually, kubectl, list, type Resource } from './src/cluster.ts';
import { isReady, uidsOf } from './src/pods.ts';

/** Label selectors of the pods that are deleted, one after the other. */
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

/** How many pods there are to be, which the autoscaler may change at any time. */
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
  // Longer than the demo itself waits: what it then says is missing is worth more than its end.
  const output = await command('make', ['demo', flags], { timeoutMs: 240_000 });
  expect(output).toContain('all numbers are what they must be');
}

/** Deletes what there is; gives the uids of all that was there. */
async function deletePods(selector: string): Promise<Set<string>> {
  const before = await podsOf(selector);
  expect(before.filter(isReady).length).toBeGreaterThan(0);
  await kubectl('delete', 'pod', '-n', NAMESPACE, '-l', selector, '--wait=false');
  return uidsOf(before);
}

/** Resolves when none of the pods from before is left, not even ending, and as many are Ready as there are to be. */
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

describe('a deleted pod comes back and the demo passes without a hand', () => {
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

  it('careplane.dev/service=notifications, which load has woken from zero', async () => {
    const selector = 'careplane.dev/service=notifications';
    await eventually('load has woken it', async () => {
      await demo(1);
      // Asked right away: with nothing more to do it goes back to zero.
      return (await podsOf(selector)).some(isReady) ? true : undefined;
    });
    // How many come back is the ScalingPolicy's matter: by now there may be nothing to do.
    await replaced(selector, await deletePods(selector));
    await demo(40);
  }, 420_000);
});
