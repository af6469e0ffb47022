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

describe('a deleted pod comes back and the demo passes without a hand', () => {
  beforeAll(async () => {
    await clinicReady();
  }, 300_000);

  it.each(VICTIMS)(
    '%s',
    async (selector) => {
      const before = await running(selector);
      expect(before.length).toBeGreaterThan(0);
      await kubectl('delete', 'pod', '-n', NAMESPACE, '-l', selector, '--wait=false');

      await eventually(
        'as many new pods are Ready',
        async () => {
          const now = await running(selector);
          return now.length >= before.length && now.every((uid) => !before.includes(uid)) ? true : undefined;
        },
        180_000,
      );
      await clinicReady();
      const output = await command('make', ['demo', 'DEMO_FLAGS=--appointments 40'], { timeoutMs: 120_000 });
      expect(output).toMatch(/double bookings/i);
    },
    420_000,
  );
});
