import type { CollectionSpec } from '@careplane/kit';
import { connectStore } from '@careplane/kit/testing';
import type { TestStore } from '@careplane/kit/testing';
import type { RunningMongod } from '@careplane/testing';

/** Collections of the service with their replica set, which ends with them. */
export interface RunningStore extends TestStore {
  readonly uri: string;
  readonly database: string;
}

export const DATABASE = 'records';

export async function startStore(
  mongod: RunningMongod,
  specs: readonly CollectionSpec[],
): Promise<RunningStore> {
  const store = await connectStore(mongod, DATABASE, specs);
  return {
    ...store,
    uri: mongod.uri,
    database: DATABASE,
    async stop(): Promise<void> {
      await store.stop();
      await mongod.stop();
    },
  };
}
