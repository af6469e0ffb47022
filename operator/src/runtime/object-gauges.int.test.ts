import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { installCrd, startApiServer, until, type RunningApiServer } from '@careplane/testing';
import { request } from 'undici';
import { clinic, clinicController, clinicDefinition, clinicPath, type Clinic } from './fixtures/clinic.ts';
import type { AnyController } from './controller.ts';
import { startManager, type Manager } from './manager.ts';
import { silentLogger } from './telemetry/log.ts';
import type { ObjectGauge } from './telemetry/object-gauge.ts';

jest.setTimeout(60_000);

const rooms: ObjectGauge<Clinic> = {
  name: 'clinic_rooms',
  help: 'Rooms of the clinic.',
  object: 'clinic',
  read: ({ spec }) => [{ value: spec.rooms?.length ?? 0 }],
};

let server: RunningApiServer;
let managers: Manager[] = [];

beforeAll(async () => {
  server = await startApiServer();
  await installCrd(server.api, clinicDefinition);
}, 120_000);

afterEach(async () => {
  await Promise.all(managers.map((manager) => manager.stop()));
  managers = [];
});

afterAll(async () => {
  await server.stop();
});

async function operate(identity: string): Promise<Manager> {
  const controller: AnyController = { ...clinicController(), gauges: [rooms] };
  const manager = await startManager({
    kubeconfig: server.kubeconfigPath,
    controllers: [controller],
    lease: { namespace: 'default', name: 'gauges' },
    identity,
    health: { host: '127.0.0.1', port: 0 },
    log: silentLogger,
  });
  managers.push(manager);
  return manager;
}

/** The gauge's series as the process serves them. */
async function series({ healthPort }: Manager): Promise<string[]> {
  const { body } = await request(`http://127.0.0.1:${String(healthPort)}/metrics`);
  return (await body.text()).split('\n').filter((line) => line.startsWith(`${rooms.name}{`));
}

async function told(manager: Manager, expected: string[]): Promise<void> {
  const isSo = async (): Promise<boolean> =>
    JSON.stringify(await series(manager)) === JSON.stringify(expected);
  await until(isSo, { what: `the series ${expected.join(', ')}` });
}

describe('what an operator tells of each object', () => {
  it('is told by the leader alone, follows the object, and is told by the next leader when it takes over', async () => {
    const first = await operate('first');
    await until(() => Promise.resolve(first.isLeading()), { what: 'the first to lead' });
    const second = await operate('second');
    await until(() => Promise.resolve(second.failing().length === 0), { what: 'the second to be ready' });

    await server.api.apply(clinicPath('a'), clinic('a', { message: '', rooms: ['x', 'y'] }));
    await told(first, ['clinic_rooms{namespace="default",clinic="a"} 2']);
    await server.api.apply(clinicPath('a'), clinic('a', { message: '', rooms: ['x'] }));
    await told(first, ['clinic_rooms{namespace="default",clinic="a"} 1']);
    expect(await series(second)).toEqual([]);

    await first.stop();
    managers = [second];
    await told(second, ['clinic_rooms{namespace="default",clinic="a"} 1']);
    await server.api.request('DELETE', clinicPath('a'));
    await told(second, []);
  });
});
