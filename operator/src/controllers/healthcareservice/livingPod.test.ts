import { expect, it } from '@jest/globals';
import { isLiving } from './livingPod.ts';

it.each([
  ['Running', true],
  ['Pending', true],
  ['Unknown', true],
  ['Failed', false],
  ['Succeeded', false],
])('a pod in the phase %s counts: %s', (phase, counts) => {
  expect(isLiving({ status: { phase } })).toBe(counts);
});

it('a pod of which nothing is known yet counts', () => {
  expect(isLiving({})).toBe(true);
});
