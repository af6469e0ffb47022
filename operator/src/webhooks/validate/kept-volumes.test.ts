import { describe, expect, it } from '@jest/globals';
import { aBroker, aService, aStore } from '../../controllers/healthcareservice/fixtures/objects.ts';
import { aStack, brief } from '../fixtures/other-objects.ts';
import type { LiveRead } from './foreign-objects.ts';
import { keptVolumes } from './kept-volumes.ts';

/** A namespace with the volume of a store `db` that is gone. */
const kept: LiveRead = (_, { name }) =>
  Promise.resolve(
    name === 'data-db-0'
      ? {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name, labels: { 'careplane.dev/store': 'db' } },
        }
      : undefined,
  );

describe('keptVolumes', () => {
  it('refuses a broker that would start on the data of a store', async () => {
    const found = await keptVolumes(aBroker('db'), kept);
    expect(brief(found)).toEqual(['refuse metadata.name']);
    expect(found[0]?.message).toContain('data-db-0 keeps the data of an EncryptedStore');
  });

  it('lets the store find its data again, and others be', async () => {
    for (const object of [aStore('db'), aBroker('q'), aStack('db'), aService('db')])
      expect(await keptVolumes(object, kept)).toEqual([]);
  });
});
