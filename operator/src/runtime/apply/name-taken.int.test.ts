import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { installCrd, startApiServer, until, type RunningApiServer } from '@careplane/testing';
import { clinic, clinicController, clinicDefinition, clinicPath, type Clinic } from '../fixtures/clinic.ts';
import type { AnyObject } from '../kube.ts';
import { silentLogger } from '../telemetry/log.ts';
import { startManager, type Manager } from '../manager.ts';

const SHARED = '/api/v1/namespaces/default/configmaps/a-b';

let server: RunningApiServer;
let manager: Manager;

beforeAll(async () => {
  server = await startApiServer({ withControllerManager: true });
  await installCrd(server.api, clinicDefinition);
  manager = await startManager({
    kubeconfig: server.kubeconfigPath,
    controllers: [clinicController()],
    lease: { namespace: 'default', name: 'operator' },
    identity: 'test',
    userAgent: 'careplane-operator',
    log: silentLogger,
  });
}, 180_000);

afterAll(async () => {
  await manager.stop();
  await server.stop();
});

async function shown(name: string, type: string): Promise<unknown> {
  const { status } = (await server.api.demand('GET', clinicPath(name))) as Clinic;
  return status?.conditions?.find((condition) => condition.type === type);
}

function becomes(name: string, status: 'True' | 'False'): Promise<unknown> {
  return until(
    async () => {
      const ready = (await shown(name, 'Ready')) as { status: string; reason: string } | undefined;
      return ready?.status === status ? ready : undefined;
    },
    { what: `${name} to be Ready=${status}`, deadlineMs: 60_000 },
  );
}

/** The room `b` of Clinic `a` and the greeting of Clinic `a-b` are one ConfigMap. */
it('a child of one owner is never taken by another, who says so and gets it when the first one lets go', async () => {
  await server.api.apply(clinicPath('a'), clinic('a', { message: 'first', rooms: ['b'] }));
  await becomes('a', 'True');
  await server.api.apply(clinicPath('a-b'), clinic('a-b', { message: 'second' }));
  expect(await becomes('a-b', 'False')).toMatchObject({ reason: 'NameTaken' });
  expect(await shown('a-b', 'NamesFree')).toMatchObject({
    status: 'False',
    message: 'ConfigMap a-b belongs to Clinic a: give one of the two another name',
  });
  expect((await server.api.demand('GET', SHARED)) as AnyObject).toMatchObject({ data: { room: 'b' } });
  const writes = await server.writes({ userAgent: 'careplane-operator' });
  expect(writes.filter(({ name, resource }) => name === 'a-b' && resource === 'configmaps')).toHaveLength(1);

  await server.api.apply(clinicPath('a'), clinic('a', { message: 'first' }));
  await becomes('a-b', 'True');
  expect(await shown('a-b', 'NamesFree')).toBeUndefined();
  expect((await server.api.demand('GET', SHARED)) as AnyObject).toMatchObject({
    data: { message: 'second' },
  });
}, 120_000);
