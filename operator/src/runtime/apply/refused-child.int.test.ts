import { expect, it } from '@jest/globals';
import { clinicController } from '../fixtures/clinic.ts';
import { conditionOf, CONFIG_MAPS, operatorScene } from '../fixtures/operator-scene.ts';

const scene = operatorScene();

it('a child that the API server refuses stops none of the others, is named with its field, and is tried again', async () => {
  await scene.operate(clinicController());
  await scene.apply('strict', { message: 'first', rooms: ['Not_A_Name', 'b'] });
  const shown = await scene.condition('strict', 'ChildrenInSync');
  expect(shown).toMatchObject({ status: 'False', reason: 'ChildRefused' });
  expect(shown['message']).toContain('ConfigMap strict-Not_A_Name: metadata.name: Invalid value');
  expect(await scene.exists(`${CONFIG_MAPS}/strict-b`)).toBe(true);
  const { status } = await scene.read('strict');
  expect(status).toMatchObject({ rooms: 2, observedGeneration: 1 });
  expect(status?.conditions?.[0]).toMatchObject({ type: 'Ready', reason: 'ChildRefused' });
  expect(await scene.noteOf('strict', 'ChildRefused')).toContain('metadata.name');

  await scene.apply('strict', { message: 'second', rooms: ['b'] });
  expect(conditionOf(await scene.ready('strict'), 'ChildrenInSync')).toBeUndefined();
});
