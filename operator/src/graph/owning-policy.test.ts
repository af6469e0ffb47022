import { expect, it } from '@jest/globals';
import { aPolicy } from '../controllers/healthcareservice/fixtures/objects.ts';
import { owningPolicy } from './owning-policy.ts';

it('the older of two policies decides', () => {
  const [old, young] = [aPolicy('a'), aPolicy('a')];
  old.metadata = { name: 'z', creationTimestamp: '2026-01-01T00:00:00Z' };
  young.metadata = { name: 'b', creationTimestamp: '2026-01-02T00:00:00Z' };
  expect(owningPolicy('a', [young, old, aPolicy('other')])?.metadata.name).toBe('z');
  expect(owningPolicy('a', [aPolicy('other')])).toBeUndefined();
});
