import type { CollectionSpec } from '@careplane/kit';
import { connectStore } from '@careplane/kit/testing';
import type { TestStore } from '@careplane/kit/testing';
import { startMongod } from '@careplane/testing';

export type { TestStore as Stores } from '@careplane/kit/testing';

/** Collections of identity on a replica set of their own, which ends with them. */
export async function startStores(specs: readonly CollectionSpec[]): Promise<TestStore> {
  const mongod = await startMongod();
  const store = await connectStore(mongod, 'identity', specs);
  return {
    ...store,
    async stop(): Promise<void> {
      await store.stop();
      await mongod.stop();
    },
  };
}
