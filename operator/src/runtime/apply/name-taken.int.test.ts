import { describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { clinicController } from '../fixtures/clinic.ts';
import { conditionOf, CONFIG_MAPS, operatorScene } from '../fixtures/operator-scene.ts';
import type { AnyObject } from '../kube.ts';

const scene = operatorScene({ withControllerManager: true });

async function shown(name: string, type: string): Promise<unknown> {
  return conditionOf(await scene.read(name), type);
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

/** Makes a ConfigMap as the field manager `rival`. */
async function makeAsRival(name: string, data: Record<string, string>): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
  await scene.api.demand('POST', `${CONFIG_MAPS}?fieldManager=rival`, { body });
}

/** The room `b` of Clinic `a` and the greeting of Clinic `a-b` are one ConfigMap. */
it('a child of one owner is never taken by another, who says so and gets it when the first one lets go', async () => {
  await scene.operate(clinicController());
  await scene.apply('a', { message: 'first', rooms: ['b'] });
  await becomes('a', 'True');
  await scene.apply('a-b', { message: 'second' });
  expect(await becomes('a-b', 'False')).toMatchObject({ reason: 'NameTaken' });
  expect(await shown('a-b', 'NamesFree')).toMatchObject({
    status: 'False',
    message: 'ConfigMap a-b belongs to Clinic a: give one of the two another name',
  });
  expect(await scene.dataOf('a-b')).toMatchObject({ room: 'b' });
  const writes = await scene.server.writes({ userAgent: 'careplane-operator' });
  expect(writes.filter(({ name, resource }) => name === 'a-b' && resource === 'configmaps')).toHaveLength(1);

  await scene.apply('a', { message: 'first' });
  await becomes('a-b', 'True');
  expect(await shown('a-b', 'NamesFree')).toBeUndefined();
  expect(await scene.dataOf('a-b')).toMatchObject({ message: 'second' });
}, 120_000);

describe('an object of somebody else under the name of a child', () => {
  it('is left alone until it is given away; the event says from whom', async () => {
    await makeAsRival('before', { message: 'theirs' });
    await scene.operate(clinicController());
    await scene.apply('before', { message: 'ours' });
    const condition = await scene.condition('before', 'NamesFree');
    expect(condition).toMatchObject({ status: 'False', reason: 'NameTaken' });
    expect(condition['message']).toContain('ConfigMap before belongs to rival: ');
    expect((await scene.dataOf('before'))['message']).toBe('theirs');
    await scene.annotate(`${CONFIG_MAPS}/before?fieldManager=rival`, { 'careplane.dev/adopt': 'true' });
    await scene.ready('before');
    expect((await scene.dataOf('before'))['message']).toBe('ours');
    expect(await scene.noteOf('before', 'FieldConflict')).toBe(
      'took over fields that others had set: ConfigMap before (.data.message by rival)',
    );
    await scene.remove('before');
  });

  it('is left alone when no field is in conflict, too, and the condition names who made it', async () => {
    await makeAsRival('unrelated', { other: 'theirs' });
    await scene.operate(clinicController());
    await scene.apply('unrelated', { message: 'ours' });
    const condition = await scene.condition('unrelated', 'NamesFree');
    expect(condition).toMatchObject({ reason: 'NameTaken' });
    expect(condition['message']).toContain('ConfigMap unrelated belongs to rival: ');
    const live = (await scene.api.demand('GET', `${CONFIG_MAPS}/unrelated`)) as AnyObject;
    expect([live['data'], live.metadata.ownerReferences]).toEqual([{ other: 'theirs' }, undefined]);
    await scene.api.demand('DELETE', `${CONFIG_MAPS}/unrelated`);
    await scene.ready('unrelated');
    await scene.remove('unrelated');
  });
});
