import { describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import type { AnyController } from '../controller.ts';
import { clinicController, configMaps, secrets } from '../fixtures/clinic.ts';
import { CONFIG_MAPS, conditionOf, operatorScene } from '../fixtures/operator-scene.ts';
import type { AnyObject } from '../kube.ts';
import type { Manager } from '../manager.ts';
import { metadataOnly } from './owned-types.ts';

const scene = operatorScene();

/** Changes a ConfigMap as the field manager `rival`. */
async function meddle(name: string, message: string): Promise<void> {
  await scene.patch(`${CONFIG_MAPS}/${name}?fieldManager=rival`, { data: { message } });
}

async function messageOf(configMap: string): Promise<string | undefined> {
  const { data } = (await scene.api.demand('GET', `${CONFIG_MAPS}/${configMap}`)) as {
    data?: Record<string, string>;
  };
  return data?.['message'];
}

/** Every object was reconciled by the operator. */
async function reconciled(manager: Manager): Promise<void> {
  await until(
    async () => {
      const { values } = await manager.metrics.reconcile.get();
      return values.some(({ metricName, value }) => metricName?.endsWith('_count') === true && value > 0);
    },
    { what: 'a reconcile' },
  );
}

/** Calls of the operator. */
async function callsTo(manager: Manager, verb: string, resource: string): Promise<number> {
  const { values } = await manager.metrics.apiCalls.get();
  return values
    .filter(({ metricName, labels }) => {
      return metricName?.endsWith('_count') === true && labels.verb === verb && labels.resource === resource;
    })
    .reduce((sum, { value }) => sum + value, 0);
}

describe('a field of a child that somebody else holds', () => {
  it('is put right, and the event says who changed which', async () => {
    const manager = await scene.operate(clinicController());
    await scene.apply('named', { message: 'right' });
    await scene.ready('named');
    // Nobody is asked before a child is made.
    expect(await callsTo(manager, 'get', 'configmaps')).toBe(0);
    await meddle('named', 'wrong');
    expect(await scene.noteOf('named', 'DriftCorrected')).toBe(
      'put back what others changed: ConfigMap named (.data.message by rival)',
    );
    expect(await messageOf('named')).toBe('right');
    await scene.remove('named');
  });
});

describe('a child that is new', () => {
  it('costs neither a read nor a second write, and leaves one entry in managedFields', async () => {
    const manager = await scene.operate(clinicController());
    await scene.apply('cheap', { message: 'ours', rooms: ['a', 'b', 'c'] });
    await scene.ready('cheap');
    const writes = await scene.server.writes({ userAgent: 'careplane-operator' });
    const names = writes.filter(({ name }) => name?.startsWith('cheap') === true).map(({ verb }) => verb);
    // Five children and a status.
    expect(names).toEqual(['patch', 'patch', 'patch', 'patch', 'patch', 'patch']);
    expect([await callsTo(manager, 'get', 'configmaps'), await callsTo(manager, 'get', 'secrets')]).toEqual([
      0, 0,
    ]);
    const made = (await scene.api.demand('GET', `${CONFIG_MAPS}/cheap`)) as AnyObject;
    const managers = made.metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`);
    expect(managers).toEqual(['careplane Apply']);
    await scene.remove('cheap');
  });
});

describe('a field that its kind does not have', () => {
  it('is refused with its path, although the server is asked not to look for fields written twice', async () => {
    const manager = await scene.operate(clinicController());
    const misspelt = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'm', namespace: 'default' },
      dta: {},
    };
    await expect(manager.client.apply(misspelt)).rejects.toThrow(/\.dta: field not declared in schema/);
  });
});

describe('a drift war', () => {
  it('ends in a truce that names the other writer, and holds up neither changes nor the deletion', async () => {
    await scene.operate(clinicController());
    await scene.apply('war', { message: 'ours', rooms: ['a'] });
    await scene.ready('war');
    for (let round = 0; round < 6; round++) {
      await meddle('war', `theirs-${round}`);
      await until(async () => (await messageOf('war')) === 'ours', { what: `repair ${round}` });
    }
    await meddle('war', 'theirs');
    const condition = await scene.condition('war', 'ChildrenInSync');
    expect(condition).toMatchObject({ status: 'False', reason: 'DriftWar' });
    expect(condition['message']).toContain('ConfigMap war (.data.message by rival)');
    expect(conditionOf(await scene.read('war'), 'Ready')).toMatchObject({ status: 'True' });
    // The rest of the object is not held up, nor is what its user changes in the child itself.
    const before = await scene.server.writes({ userAgent: 'careplane-operator' });
    await scene.api.demand('DELETE', `${CONFIG_MAPS}/war-a`);
    await until(() => scene.exists(`${CONFIG_MAPS}/war-a`), { what: 'the other child' });
    expect(await messageOf('war')).toBe('theirs');
    const later = (await scene.server.writes({ userAgent: 'careplane-operator' })).slice(before.length);
    expect(later.filter(({ resource, name }) => resource === 'configmaps' && name === 'war')).toEqual([]);
    await scene.apply('war', { message: 'changed', rooms: ['a'] });
    await until(async () => (await messageOf('war')) === 'changed', { what: 'the change of the user' });
    await scene.remove('war');
  });
});

describe('an operator that begins anew', () => {
  const lean = (): AnyController => ({ ...clinicController(), owns: metadataOnly(configMaps, secrets) });

  it('tells by what it owns that its children are as it left them: no write, and nothing read', async () => {
    await scene.operate(lean());
    await scene.apply('again', { message: 'right', rooms: ['a', 'b'] });
    await scene.ready('again');
    await scene.stopOperators();
    const before = await scene.server.writes({ userAgent: 'careplane-operator' });
    const manager = await scene.operate(lean());
    await reconciled(manager);
    const later = (await scene.server.writes({ userAgent: 'careplane-operator' })).slice(before.length);
    expect(later.filter(({ resource }) => resource !== 'leases')).toEqual([]);
    expect(await callsTo(manager, 'get', 'configmaps')).toBe(0);
    expect(await callsTo(manager, 'get', 'secrets')).toBe(0);
    await scene.remove('again');
  });

  it.each<[string, object]>([
    ['changed', { data: { message: 'wrong' } }],
    ['removed', { data: { message: null } }],
  ])('puts right what was %s while it was away, with only metadata in its cache', async (what, body) => {
    await scene.operate(lean());
    await scene.apply(`away-${what}`, { message: 'right' });
    await scene.ready(`away-${what}`);
    await scene.stopOperators();
    await scene.patch(`${CONFIG_MAPS}/away-${what}`, body);
    await scene.operate(lean());
    await until(async () => (await messageOf(`away-${what}`)) === 'right', { what: 'the repair' });
    await scene.remove(`away-${what}`);
  });
});
