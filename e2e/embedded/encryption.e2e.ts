import { beforeAll, describe, expect, it } from '@jest/globals';
import { NAMESPACE, clinicReady, condition, list } from '../src/cluster.ts';

describe('the stores of the clinic', () => {
  beforeAll(async () => {
    await clinicReady();
  }, 300_000);

  it('are proven to be encrypted by the kernel, not by assumption', async () => {
    for (const store of await list('encryptedstores', '-n', NAMESPACE))
      expect(condition(store, 'StorageEncrypted')).toMatchObject({
        status: 'True',
        reason: 'ProvenByKernel',
      });
  });
});
