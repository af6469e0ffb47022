import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ClinicLoad } from './src/clinic-load.ts';
import { clinicReady, eventually, kubectl, list, NAMESPACE } from './src/cluster.ts';
import { isReady } from './src/pods.ts';

const TEST_MS = 900_000;
const ROLLED = ['appointments', 'gateway', 'identity'];

describe('requests while pods come and go', () => {
  let load: ClinicLoad;

  beforeAll(async () => {
    await clinicReady();
  }, 300_000);

  beforeEach(async () => {
    load = await ClinicLoad.start();
  }, 240_000);

  afterEach(async () => {
    await load.end();
  });

  afterAll(async () => {
    // Also after a test that failed half-way.
    for (const service of ROLLED) await configure(service, { REQUEST_TIMEOUT_MS: null });
    await scale('gateway', 2);
    await clinicReady();
  }, 300_000);

  async function noneFailed(): Promise<void> {
    await load.more(); // what comes after the last pod has gone is answered too
    await load.end();
    expect(load.failures()).toEqual([]);
  }

  async function uids(service: string): Promise<string[]> {
    const pods = await list('pods', '-n', NAMESPACE, '-l', `careplane.dev/service=${service}`);
    return pods.map(({ metadata }) => metadata.uid);
  }

  /** Resolves when none of these pods is left, not even terminating, and the clinic is Ready. */
  async function gone(service: string, before: readonly string[]): Promise<void> {
    await eventually(
      `the pods of ${service} that were to go are gone`,
      async () => ((await uids(service)).some((uid) => before.includes(uid)) ? undefined : true),
      240_000,
    );
    await clinicReady();
  }

  async function configure(service: string, config: Record<string, string | null>): Promise<void> {
    const patch = JSON.stringify({ spec: { config } });
    await kubectl('patch', 'healthcareservice', service, '-n', NAMESPACE, '--type=merge', '-p', patch);
  }

  async function scale(service: string, replicas: number): Promise<void> {
    const patch = JSON.stringify({ spec: { replicas } });
    await kubectl('patch', 'healthcareservice', service, '-n', NAMESPACE, '--type=merge', '-p', patch);
  }

  it.each(ROLLED)(
    'none fails while %s is rolled to another configuration and back',
    async (service) => {
      for (const value of ['14900', null]) {
        const before = await uids(service);
        await configure(service, { REQUEST_TIMEOUT_MS: value });
        await gone(service, before);
      }
      await noneFailed();
    },
    TEST_MS,
  );

  it.each(['appointments', 'gateway'])(
    'none fails while a pod of %s is deleted',
    async (service) => {
      const pods = await list('pods', '-n', NAMESPACE, '-l', `careplane.dev/service=${service}`);
      const pod = pods.find(isReady);
      if (pod === undefined) throw new Error(`${service} has no pod that is Ready`);
      await kubectl('delete', 'pod', pod.metadata.name, '-n', NAMESPACE, '--wait=false');
      await gone(service, [pod.metadata.uid]);
      await noneFailed();
    },
    TEST_MS,
  );

  it(
    'none fails while gateway gets a pod more and loses one again',
    async () => {
      for (const replicas of [3, 2]) {
        await scale('gateway', replicas);
        await eventually(`${replicas} pods`, async () =>
          (await uids('gateway')).length === replicas ? true : undefined,
        );
        await clinicReady();
      }
      await noneFailed();
    },
    TEST_MS,
  );
});
