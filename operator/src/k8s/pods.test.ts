import { expect, it } from '@jest/globals';
import { isLiving } from './pods.ts';

const metadata = { name: 'a' };

it.each([
  ['Running', true],
  ['Pending', true],
  ['Unknown', true],
  ['Failed', false],
  ['Succeeded', false],
])('a pod in the phase %s counts: %s', (phase, counts) => {
  expect(isLiving({ metadata, status: { phase } })).toBe(counts);
});

it('a pod of which nothing is known yet counts', () => {
  expect(isLiving({ metadata })).toBe(true);
});

it('a pod that somebody has deleted does not count', () => {
  expect(isLiving({ metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })).toBe(false);
});
