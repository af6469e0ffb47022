import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import type { Logger } from '../controller.ts';
import { clinicPath } from '../fixtures/clinic.ts';
import { hubController, noteIn } from '../fixtures/hub.ts';
import { CONFIG_MAPS, operatorScene } from '../fixtures/operator-scene.ts';
import type { AnyObject } from '../kube.ts';
import type { Manager } from '../manager.ts';
import { silentLogger } from '../telemetry/log.ts';

const scene = operatorScene();
const NAMES = ['m0', 'm1', 'm2', 'm3', 'm4', 'm5'];
const USERS = NAMES.join(' ');
const RECORD = `${CONFIG_MAPS}/hold-held-0`;
const CONFIRM = 'careplane.dev/confirm-deletion';

beforeEach(async () => {
  await scene.annotate('/api/v1/namespaces/default', { [CONFIRM]: null });
});

afterEach(async () => {
  await scene.stopOperators();
  await scene.api.request('DELETE', RECORD);
  for (const name of ['hub', ...NAMES]) {
    await scene.api.request('PATCH', clinicPath(name), {
      body: { metadata: { finalizers: null } },
      contentType: 'application/merge-patch+json',
    });
    await scene.api.request('DELETE', clinicPath(name));
    await scene.api.request('DELETE', `${CONFIG_MAPS}/${name}`);
  }
});

/** One of the replicas of one operator: all have the same Lease, and so the same record. */
function operate(controller = hubController(), log: Logger = silentLogger): Promise<Manager> {
  const massDeletion = { share: 0.5, floor: 5, windowMs: 60_000 };
  return scene.operate(controller, { massDeletion, log, lease: { namespace: 'default', name: 'hold' } });
}

async function makeAll(): Promise<void> {
  for (const name of ['hub', ...NAMES]) await scene.apply(name);
  for (const name of ['hub', ...NAMES]) await scene.ready(name);
  await until(async () => (await scene.dataOf('hub'))['users'] === USERS, { what: 'the users' });
}

/** Deletes all but the hub, which then shows that they are held. */
async function deleteAll(): Promise<void> {
  for (const name of NAMES) await scene.delete(name);
  expect(await scene.condition('hub', 'DeletionsHeld')).toMatchObject({ reason: 'MassDeletion' });
}

async function recorded(): Promise<string[]> {
  const { body, status } = await scene.api.request('GET', RECORD);
  const { data = {} } = (status === 200 ? body : {}) as { data?: Record<string, string> };
  return Object.values(data)
    .map((json) => (JSON.parse(json) as AnyObject).metadata.name)
    .sort();
}

async function recordedAll(): Promise<void> {
  await until(async () => (await recorded()).length === NAMES.length, { what: 'the record' });
}

async function recordGone(): Promise<void> {
  await until(async () => !(await scene.exists(RECORD)), { what: 'the record to be gone' });
}

/** Waits until the operator leads and has looked at the hub. */
async function atWork(manager: Manager): Promise<void> {
  await until(
    async () => {
      const { values } = await manager.metrics.reconcile.get();
      return values.some(({ metricName, value }) => metricName?.endsWith('_count') === true && value > 0);
    },
    { what: 'the operator to be at work' },
  );
}

describe('the record of a mass deletion', () => {
  it('keeps what is gone through a restart of every operator; confirmed, it is torn down and the record goes', async () => {
    const [first, standby] = [await operate(), await operate()];
    await makeAll();
    expect(await scene.exists(RECORD)).toBe(false);
    await deleteAll();
    await scene.gone(...NAMES);
    await recordedAll();
    await Promise.all([first.stop(), standby.stop()]);
    const before = (await scene.writes()).length;

    await atWork(await operate());
    // A reconcile of the hub that is certainly of the new one.
    await scene.apply('hub', { message: 'changed' });
    await scene.ready('hub');
    expect(await scene.dataOf('hub')).toEqual({ users: USERS });
    expect(await scene.condition('hub', 'DeletionsHeld')).toMatchObject({ reason: 'MassDeletion' });
    const writes = (await scene.writes(before)).filter((write) => write.includes('configmaps'));
    expect(writes).toEqual([]);

    await scene.annotate('/api/v1/namespaces/default', { [CONFIRM]: 'true' });
    await until(async () => (await scene.dataOf('hub'))['users'] === '', { what: 'the users to go' });
    await recordGone();
    await scene.conditionGone('hub', 'DeletionsHeld');
  });

  it('goes when the objects come back, also while no operator runs', async () => {
    const first = await operate();
    await makeAll();
    await deleteAll();
    await recordedAll();
    await first.stop();
    for (const name of NAMES) await scene.apply(name);
    await operate();
    await recordGone();
    await scene.conditionGone('hub', 'DeletionsHeld');
  });

  it('is written as soon as there are many, so that an operator that ends right then loses nothing', async () => {
    const first = await operate();
    await makeAll();
    for (const name of NAMES) await scene.delete(name);
    await recordedAll();
    await first.stop();
    await operate();
    expect(await scene.condition('hub', 'DeletionsHeld')).toMatchObject({ reason: 'MassDeletion' });
    expect(await scene.dataOf('hub')).toEqual({ users: USERS });
  });

  it('is not needed for what terminates: many of those at the start are a mass, too', async () => {
    const cleaned = new Set<string>();
    const controller = hubController({ finalize: noteIn(cleaned) });
    const first = await operate(controller);
    await makeAll();
    await first.stop();
    for (const name of NAMES) await scene.delete(name);
    await operate(controller);
    expect(await scene.condition('m3', 'DeletionHeld')).toMatchObject({ reason: 'MassDeletion' });
    expect(await scene.dataOf('hub')).toEqual({ users: USERS });
    expect(cleaned.size).toBe(0);
    await scene.annotate('/api/v1/namespaces/default', { [CONFIRM]: 'true' });
    await scene.gone(...NAMES);
    await recordGone();
  });

  it('is not written for fewer than a mass', async () => {
    await operate();
    await makeAll();
    const before = (await scene.writes()).length;
    for (const name of NAMES.slice(0, 3)) await scene.delete(name);
    await until(async () => (await scene.dataOf('hub'))['users'] === 'm3 m4 m5', { what: 'the users to go' });
    expect((await scene.writes(before)).filter((write) => write.includes('hold-held'))).toEqual([]);
  });

  it('that is damaged costs what is damaged: a clear error, and the rest is held', async () => {
    const first = await operate();
    await makeAll();
    await deleteAll();
    await recordedAll();
    await first.stop();
    const { data } = (await scene.api.demand('GET', RECORD)) as { data: Record<string, string> };
    const [damaged] = Object.entries(data).find(([, json]) => json.includes('"m0"')) ?? [''];
    await scene.patch(RECORD, { data: { [damaged]: '{"spec' } });
    const errors: { message: string; fields: Record<string, unknown> | undefined }[] = [];
    const log = {
      ...silentLogger,
      error: (message: string, fields?: Record<string, unknown>) => {
        errors.push({ message, fields });
      },
    };
    await operate(hubController(), log);
    await until(async () => (await scene.dataOf('hub'))['users'] === NAMES.slice(1).join(' '), {
      what: 'what is damaged to be let go',
    });
    expect(
      errors.find(({ message }) => message.includes('cannot be read from its record'))?.fields,
    ).toMatchObject({
      configmap: 'hold-held-0',
      entry: damaged,
      fault: 'is not JSON',
    });
    expect(await scene.condition('hub', 'DeletionsHeld')).toMatchObject({ reason: 'MassDeletion' });
  });
});
