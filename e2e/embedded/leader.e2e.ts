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

/** The identity in the Lease, `<pod>_<random>`: another one after every start of the process. */
async function leader(): Promise<string> {
  const holder = await kubectl(
    'get',
    'lease',
    'careplane-operator',
    '-n',
    SYSTEM_NAMESPACE,
    '-o',
    'jsonpath={.spec.holderIdentity}',
  );
  return holder;
}

/** Longer than a pod is given until it must be scraped: after that nothing about it changes any more. */
const SETTLE_SECONDS = 45;

/** Waits until earlier load is digested: every policy is back at its minimum, and the pods that are left have settled. */
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
    const before = await leader();
    const pods = await list('pods', '-n', SYSTEM_NAMESPACE);
    const victim = pods.find(({ metadata }) => before.startsWith(`${metadata.name}_`));
    if (victim === undefined) throw new Error(`the Lease names ${before}, which is no pod`);

    const killedAt = performance.now();
    for (const pid of await processesOfPod(victim.metadata.uid)) process.kill(pid, 'SIGKILL');
    await kubectl('delete', 'service', 'appointments', '-n', NAMESPACE);

    await eventually(
      'the deleted Service is back',
      async () => {
        const services = await list('services', '-n', NAMESPACE);
        return services.some(({ metadata }) => metadata.name === 'appointments') ? true : undefined;
      },
      20_000,
    );
    expect((performance.now() - killedAt) / 1000).toBeLessThan(15);
    expect(await leader()).not.toBe(before);
  }, 60_000);
});
