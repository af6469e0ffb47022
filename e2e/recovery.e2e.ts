import { beforeAll, describe, expect, it } from '@jest/globals';
import { NAMESPACE, clinicReady, command, eventually, kubectl, list } from './src/cluster.ts';

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

async function running(selector: string): Promise<string[]> {
  const pods = await list('pods', '-n', NAMESPACE, '-l', selector);
  return pods
    .filter(({ status }) =>
      status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    )
    .map(({ metadata }) => metadata.uid);
}

async function demo(appointments: number): Promise<void> {
  const flags = `DEMO_FLAGS=--appointments ${appointments}`;
  const output = await command('make', ['demo', flags], { timeoutMs: 120_000 });
  expect(output).toContain('all numbers are what they must be');
}

async function deletePods(selector: string): Promise<string[]> {
  const before = await running(selector);
  expect(before.length).toBeGreaterThan(0);
  await kubectl('delete', 'pod', '-n', NAMESPACE, '-l', selector, '--wait=false');
  return before;
}

describe('a deleted pod comes back and the demo passes without a hand', () => {
  beforeAll(async () => {
    await clinicReady();
  }, 300_000);

  it.each(VICTIMS)(
    '%s',
    async (selector) => {
      const before = await deletePods(selector);
      await eventually(
        'as many new pods are Ready',
        async () => {
          const now = await running(selector);
          const isNew = now.every((uid) => !before.includes(uid));
          return isNew && now.length >= before.length ? true : undefined;
        },
        180_000,
      );
      await clinicReady();
      await demo(40);
    },
    420_000,
  );

  it('careplane.dev/service=notifications, which load has woken from zero', async () => {
    const selector = 'careplane.dev/service=notifications';
    await demo(1);
    const before = await deletePods(selector);
    // How many come back is the ScalingPolicy's matter: by now there may be nothing to do.
    await eventually('no deleted pod is left', async () => {
      const now = await running(selector);
      return now.every((uid) => !before.includes(uid)) ? true : undefined;
    });
    await demo(40);
  }, 420_000);
});
