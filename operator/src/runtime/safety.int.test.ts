import { describe, expect, it } from '@jest/globals';
import { installCrd, until } from '@careplane/testing';
import { clinicController, clinicDefinition, clinicPath } from './fixtures/clinic.ts';
import { count } from './fixtures/hub.ts';
import { conditionOf, CONFIG_MAPS, operatorScene } from './fixtures/operator-scene.ts';

const DEFINITION = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${clinicDefinition.metadata.name}`;

const scene = operatorScene();

describe('a paused object', () => {
  it('is not written to, says what it would write, and is brought in line at once afterwards', async () => {
    let acts = 0;
    await scene.operate(clinicController({ act: () => count(() => acts++) }));
    await scene.apply('paused', { message: 'one', rooms: ['a'] });
    await scene.ready('paused');
    await scene.annotate(clinicPath('paused'), { 'careplane.dev/paused': 'true' });
    expect(await scene.condition('paused', 'Paused')).toMatchObject({ status: 'True', reason: 'Paused' });
    const before = acts;
    await scene.apply('paused', { message: 'two', rooms: [] });
    await scene.api.demand('DELETE', `${CONFIG_MAPS}/paused`);
    const seen = await until(
      async () => {
        const object = await scene.read('paused');
        const message = String(conditionOf(object, 'Paused')?.['message']);
        return ['ConfigMap paused,', 'ConfigMap paused-a', 'Secret paused'].every((part) =>
          message.includes(part),
        )
          ? object
          : undefined;
      },
      { what: 'the condition to name what waits' },
    );
    expect(conditionOf(seen, 'Ready')?.['status']).toBe('True');
    expect(seen.status?.observedGeneration).toBe((seen.metadata.generation ?? 0) - 1);
    expect([
      await scene.exists(`${CONFIG_MAPS}/paused`),
      await scene.exists(`${CONFIG_MAPS}/paused-a`),
    ]).toEqual([false, true]);
    expect(acts).toBe(before);

    await scene.annotate(clinicPath('paused'), { 'careplane.dev/paused': null });
    await scene.ready('paused');
    expect(await scene.dataOf('paused')).toEqual({ message: 'two' });
    expect(await scene.exists(`${CONFIG_MAPS}/paused-a`)).toBe(false);
    expect(conditionOf(await scene.read('paused'), 'Paused')).toBeUndefined();
    await scene.delete('paused');
  });
});

// Last, since it takes the definition away.
describe('a definition that goes', () => {
  it('stops the kind, and it goes on when the definition is back', async () => {
    await scene.operate(clinicController());
    await scene.apply('m0', { message: 'm', rooms: ['a'] });
    await scene.ready('m0');
    // What keeps the object there while the API server takes its kind down.
    await scene.patch(clinicPath('m0'), { metadata: { finalizers: ['test.careplane.dev/stays'] } });
    await scene.api.demand('DELETE', DEFINITION);
    const event = await scene.event(({ reason }) => reason === 'DefinitionGoing');
    expect(event.regarding.kind).toBe('Lease');
    await until(async () => (await scene.read('m0')).metadata.deletionTimestamp !== undefined, {
      what: 'the deletion of the object',
    });
    const before = (await scene.writes()).length;
    await scene.api.demand('DELETE', `${CONFIG_MAPS}/m0-a`);
    await scene.patch(clinicPath('m0'), { metadata: { finalizers: null } });
    await until(async () => !(await scene.exists(DEFINITION)), { what: 'the definition to be gone' });
    const written = await scene.writes(before);
    expect(written.filter((write) => !write.includes('events/'))).toEqual([]);

    await installCrd(scene.api, clinicDefinition);
    await scene.apply('m1');
    await scene.ready('m1');
  });
});
