import { describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { DependencyDown } from './controller.ts';
import { clinicController, clinicPath, clinics, type ClinicHooks } from './fixtures/clinic.ts';
import { CONFIG_MAPS, operatorScene, SECRETS } from './fixtures/operator-scene.ts';
import type { AnyObject } from './kube.ts';
import type { Manager } from './manager.ts';

const scene = operatorScene();

function operate(hooks: ClinicHooks = {}): Promise<Manager> {
  return scene.operate(clinicController(hooks));
}

describe('the manager', () => {
  it('makes the children with labels, owner and digest, and reports each object with one status write', async () => {
    await operate();
    const before = (await scene.writes()).length;
    await scene.apply('plain', { message: 'hello', rooms: ['x'] });
    const { metadata, status } = await scene.ready('plain');
    expect(status).toMatchObject({ rooms: 1, observedGeneration: 1 });
    expect(status?.conditions?.map(({ type }) => type)).toEqual(['Ready', 'Furnished']);
    const child = (await scene.api.demand('GET', `${CONFIG_MAPS}/plain`)) as AnyObject;
    expect(child['data']).toEqual({ message: 'hello' });
    expect(child.metadata.labels).toMatchObject({
      'careplane.dev/kind': 'clinic',
      'careplane.dev/owner': 'plain',
    });
    expect(child.metadata.ownerReferences).toEqual([
      expect.objectContaining({ kind: 'Clinic', name: 'plain', uid: metadata.uid, controller: true }),
    ]);
    expect(await scene.writes(before)).toEqual([
      'patch configmaps/ plain',
      'patch secrets/ plain',
      'patch configmaps/ plain-x',
      'patch clinics/status plain',
    ]);
    await scene.remove('plain');
  });

  it('writes only what an update changes and deletes children that are planned no more', async () => {
    await operate();
    await scene.apply('update', { message: 'one', rooms: ['a', 'b'] });
    await scene.ready('update');
    const before = (await scene.writes()).length;
    await scene.apply('update', { message: 'one', rooms: ['a'] });
    await scene.ready('update');
    expect(await scene.writes(before)).toEqual([
      'delete configmaps/ update-b',
      'patch clinics/status update',
    ]);
    await scene.remove('update');
  });

  it('deletes no child that carries the labels but not the owner reference', async () => {
    await operate();
    const labels = { 'careplane.dev/kind': 'clinic', 'careplane.dev/owner': 'foreign' };
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'not-ours', labels } };
    await scene.api.demand('POST', CONFIG_MAPS, { body });
    await scene.apply('foreign', { message: 'one', rooms: ['a'] });
    await scene.ready('foreign');
    await scene.apply('foreign', { message: 'one' });
    await until(async () => !(await scene.exists(`${CONFIG_MAPS}/foreign-a`)), { what: 'the pruning' });
    expect(await scene.exists(`${CONFIG_MAPS}/not-ours`)).toBe(true);
    await scene.remove('foreign');
  });

  it('repairs a changed, a deleted and a metadata-only child, and counts each as drift', async () => {
    const manager = await operate();
    await scene.apply('drift', { message: 'right', rooms: ['a'] });
    await scene.ready('drift');
    await scene.patch(`${CONFIG_MAPS}/drift`, { data: { message: 'wrong' } });
    await scene.patch(`${SECRETS}/drift`, { data: { message: 'd3Jvbmc=' } });
    await scene.api.demand('DELETE', `${CONFIG_MAPS}/drift-a`);
    await until(
      async () => {
        const map = (await scene.api.demand('GET', `${CONFIG_MAPS}/drift`)) as AnyObject;
        const secret = (await scene.api.demand('GET', `${SECRETS}/drift`)) as AnyObject;
        const right = Buffer.from('right').toString('base64');
        return (
          (map['data'] as Record<string, string>)['message'] === 'right' &&
          (secret['data'] as Record<string, string>)['message'] === right &&
          (await scene.exists(`${CONFIG_MAPS}/drift-a`))
        );
      },
      { what: 'the repair' },
    );
    // Counted when the answer to the repair is here, which others can see before.
    const counts = await until(
      async () => {
        const { values } = await manager.metrics.drift.get();
        const isAll = values.reduce((sum, { value }) => sum + value, 0) >= 3;
        return isAll ? values.map(({ labels, value }) => [labels.kind, value] as const) : undefined;
      },
      { what: 'the drift to be counted' },
    );
    expect(Object.fromEntries(counts)).toEqual({ ConfigMap: 2, Secret: 1 });
    await scene.remove('drift');
  });

  it('leaves alone what others add and do not take from us', async () => {
    const manager = await operate();
    await scene.apply('shared', { message: 'ours' });
    await scene.ready('shared');
    const before = (await scene.writes()).length;
    const body = { data: { theirs: 'yes' }, metadata: { labels: { theirs: 'yes' } } };
    await scene.patch(`${CONFIG_MAPS}/shared`, body);
    await reconciled(manager);
    expect(await scene.writes(before)).toEqual([]);
    await scene.remove('shared');
  });

  it('writes nothing at rest, and nothing after a restart when everything is as it was left', async () => {
    const first = await operate();
    for (const name of ['rest-1', 'rest-2', 'rest-3'])
      await scene.apply(name, { message: name, rooms: ['a', 'b'] });
    for (const name of ['rest-1', 'rest-2', 'rest-3']) await scene.ready(name);
    await first.stop();
    const before = (await scene.writes()).length;
    const second = await operate();
    await until(() => Promise.resolve(second.isLeading()), { what: 'the second to lead' });
    for (let round = 0; round < 3; round++) await reconciled(second);
    expect(await scene.writes(before)).toEqual([]);
    for (const name of ['rest-1', 'rest-2', 'rest-3']) await scene.remove(name);
  });

  it('repairs after a restart what was changed while no operator was there', async () => {
    const first = await operate();
    await scene.apply('away', { message: 'right' });
    await scene.ready('away');
    await first.stop();
    await scene.patch(`${SECRETS}/away`, { data: { message: 'd3Jvbmc=' } });
    await operate();
    await until(
      async () => {
        const secret = (await scene.api.demand('GET', `${SECRETS}/away`)) as AnyObject;
        return (secret['data'] as Record<string, string>)['message'] !== 'd3Jvbmc=';
      },
      { what: 'the repair' },
    );
    await scene.remove('away');
  });

  it('shows what is down, tries again with backoff, and goes on when it is back', async () => {
    let isDown = true;
    let tries = 0;
    const manager = await operate({
      act: () => {
        tries++;
        if (!isDown) return Promise.resolve();
        const condition = { type: 'Broker', status: 'False', reason: 'BrokerDown', message: 'wait' } as const;
        return Promise.reject(new DependencyDown('broker', condition));
      },
    });
    await scene.apply('waits', { message: 'x' });
    expect(await scene.condition('waits', 'Broker')).toMatchObject({ reason: 'BrokerDown' });
    expect(await scene.exists(`${CONFIG_MAPS}/waits`)).toBe(true);
    await until(() => Promise.resolve(tries >= 4), { what: 'another try' });
    expect(await manager.metrics.registry.metrics()).toContain(
      'careplane_dependency_down{dependency="broker"} 1',
    );
    isDown = false;
    await scene.ready('waits');
    expect(await manager.metrics.registry.metrics()).not.toContain('careplane_dependency_down{');
    await scene.remove('waits');
  });

  it('writes an event once while its note holds', async () => {
    const manager = await operate({
      events: () => [{ type: 'Warning', reason: 'TooSmall', message: 'a clinic needs a room' }],
    });
    await scene.apply('noted', { message: 'x' });
    await scene.ready('noted');
    const event = await scene.event(({ metadata }) => metadata.name.startsWith('noted.'));
    expect(event).toMatchObject({ reason: 'TooSmall', note: 'a clinic needs a room', type: 'Warning' });
    const before = (await scene.writes()).length;
    await reconciled(manager);
    expect(await scene.writes(before)).toEqual([]);
    await scene.remove('noted');
  });
});

/** Has every object reconciled once more, and waits until that is done. */
async function reconciled(manager: Manager): Promise<void> {
  const name = `probe-${scene.next()}`;
  const objects = manager.informers.list(clinics);
  const runs = async (): Promise<number> => {
    const { values } = await manager.metrics.reconcile.get();
    return (
      values.find(({ metricName }) => metricName === 'careplane_reconcile_duration_seconds_count')?.value ?? 0
    );
  };
  const before = await runs();
  const labels = { [name]: 'yes' };
  for (const { metadata } of objects) {
    await scene.patch(clinicPath(metadata.name), { metadata: { labels } });
  }
  await until(async () => (await runs()) >= before + objects.length, { what: 'another round of reconciles' });
}
