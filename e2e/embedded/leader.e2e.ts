import { beforeAll, describe, expect, it } from '@jest/globals';
import { writesOf } from '../src/audit.ts';
import {
  NAMESPACE,
  SYSTEM_NAMESPACE,
  clinicReady,
  eventually,
  kubectl,
  list,
  processesOfPod,
} from '../src/cluster.ts';

const OPERATOR_USER = `system:serviceaccount:${SYSTEM_NAMESPACE}:careplane-operator`;
const REST_SECONDS = 60;

interface LeaseSpec {
  /** `<pod>_<random>`, new after every start of the process. */
  holderIdentity: string;
  /** When the holder acquired the Lease. */
  acquireTime: string;
}

async function lease(): Promise<LeaseSpec> {
  const text = await kubectl('get', 'lease', 'careplane-operator', '-n', SYSTEM_NAMESPACE, '-o', 'json');
  return (JSON.parse(text) as { spec: LeaseSpec }).spec;
}

/** Longer than the delay until a pod must be scraped: after that its state is stable. */
const SETTLE_SECONDS = 45;

/** Waits until earlier load is processed: every policy is at its minimum, and the remaining pods have settled. */
async function settled(): Promise<void> {
  await clinicReady();
  await eventually(
    'every ScalingPolicy is back at its minimum',
    async () => {
      const policies = await list('scalingpolicies', '-n', NAMESPACE);
      const isIdle = policies.every(({ spec, status }) => status?.desiredReplicas === spec?.['min']);
      return isIdle ? true : undefined;
    },
    300_000,
  );
  await new Promise((resolve) => setTimeout(resolve, SETTLE_SECONDS * 1000));
}

describe('two operators', () => {
  beforeAll(async () => {
    await settled();
  }, 600_000);

  it(
    'write nothing but their Lease while there is nothing to do',
    async () => {
      const since = new Date();
      await new Promise((resolve) => setTimeout(resolve, REST_SECONDS * 1000));
      const writes = await writesOf(OPERATOR_USER, since);
      expect(writes.filter(({ objectRef }) => objectRef?.resource === 'leases').length).toBeGreaterThan(0);
      const others = writes.filter(({ objectRef }) => objectRef?.resource !== 'leases');
      expect(
        others.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource ?? ''}/${objectRef?.name ?? ''}`),
      ).toEqual([]);
    },
    (REST_SECONDS + 30) * 1000,
  );

  it('hand over within 15 s when the leader is killed with -9, and the new one reconciles', async () => {
    const { holderIdentity: before } = await lease();
    const pods = await list('pods', '-n', SYSTEM_NAMESPACE);
    const victim = pods.find(({ metadata }) => before.startsWith(`${metadata.name}_`));
    if (victim === undefined) throw new Error(`the Lease names ${before}, which is no pod`);

    const killedAt = Date.now();
    for (const pid of await processesOfPod(victim.metadata.uid)) process.kill(pid, 'SIGKILL');
    await kubectl('delete', 'service', 'appointments', '-n', NAMESPACE);

    await eventually(
      'the deleted Service is back',
      async () => {
        const services = await list('services', '-n', NAMESPACE);
        return services.some(({ metadata }) => metadata.name === 'appointments') ? true : undefined;
      },
      60_000,
    );
    const { holderIdentity, acquireTime } = await lease();
    expect(holderIdentity).not.toBe(before);
    // The time in the new leader's Lease, not the time until the test has read it.
    expect((Date.parse(acquireTime) - killedAt) / 1000).toBeLessThan(15);
  }, 120_000);
});
