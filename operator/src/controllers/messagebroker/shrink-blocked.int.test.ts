import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { ClinicEngines } from '../fixtures/engine-clinic.ts';
import { FaultClinic } from '../fixtures/fault-clinic.ts';

/** From the cause that needs a person to Failed (milliseconds). */
const LIMIT = 30_000;
const STORAGE = { storage: { size: '1Gi' } };

let clinic: FaultClinic;
let engines: ClinicEngines;

beforeAll(async () => {
  clinic = await FaultClinic.start();
  engines = new ClinicEngines(clinic);
  await clinic.apply('MessageBroker', 'broker', STORAGE);
  await clinic.operate();
  await engines.start(['broker']);
  await conditionIs('AsDeclared');
  // The two others never come.
  await clinic.apply('MessageBroker', 'broker', { nodes: 3, ...STORAGE });
  await conditionIs('NodesMissing');
}, 240_000);

afterAll(async () => {
  await clinic.stop();
  await engines.stop();
});

function conditionIs(reason: string): Promise<unknown> {
  return until(
    async () => {
      const { status } = await clinic.object('MessageBroker', 'broker');
      return status?.conditions?.some((one) => one.type === 'NodesAsDeclared' && one.reason === reason);
    },
    { what: reason, deadlineMs: 60_000 },
  );
}

it('kstatus of a broker that cannot shrink is Failed within 30 s, and names what stands against it', async () => {
  const since = performance.now();
  await clinic.apply('MessageBroker', 'broker', { nodes: 1, ...STORAGE });
  const failed = await until(
    async () => {
      const found = await clinic.kstatus('MessageBroker', 'broker');
      return found?.status === 'Failed' ? found : undefined;
    },
    { what: 'the broker to be Failed', deadlineMs: 2 * LIMIT, everyMs: 500 },
  );
  expect(performance.now() - since).toBeLessThan(LIMIT);
  expect(failed.message).toContain('every node has to be up, and these are not: rabbit@broker-1');
}, 90_000);
