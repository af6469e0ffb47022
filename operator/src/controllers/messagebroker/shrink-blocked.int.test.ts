import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import type { Condition } from '../../runtime/kube.ts';
import { ClinicEngines } from '../fixtures/engine-clinic.ts';
import { FaultClinic } from '../fixtures/fault-clinic.ts';

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

function conditionIs(reason: string): Promise<Condition> {
  return until(
    async () => {
      const { status } = await clinic.object('MessageBroker', 'broker');
      return status?.conditions?.find((one) => one.type === 'NodesAsDeclared' && one.reason === reason);
    },
    { what: reason, deadlineMs: 60_000 },
  );
}

it('a broker that cannot shrink names what stands against it, and kstatus does not find it Current', async () => {
  await clinic.apply('MessageBroker', 'broker', { nodes: 1, ...STORAGE });
  const { message } = await conditionIs('ShrinkBlocked');
  expect(message).toContain('every node has to be up, and these are not: rabbit@broker-1');
  // A node may come back: only what lasts needs a person.
  expect((await clinic.kstatus('MessageBroker', 'broker'))?.status).toBe('InProgress');
}, 120_000);
