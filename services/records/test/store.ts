import { connectMongo, defineService, ensureCollections, startService } from '@careplane/kit';
import type { CollectionSpec, Mongo } from '@careplane/kit';
import { createTestBindings, mongodbEntries } from '@careplane/kit/testing';
import type { EngineAddress } from '@careplane/kit/testing';
import type { RunningMongod } from '@careplane/testing';
import { z } from 'zod';

/** Collections of the service on a real replica set, without the routes around them. */
export interface RunningStore {
  readonly mongo: Mongo;
  readonly uri: string;
  readonly database: string;
  stop(): Promise<void>;
}

const DATABASE = 'records';

export async function startStore(
  mongod: RunningMongod,
  specs: readonly CollectionSpec[],
): Promise<RunningStore> {
  const store = await connectStore(mongod, specs);
  return {
    ...store,
    async stop(): Promise<void> {
      await store.stop();
      await mongod.stop();
    },
  };
}

/** The same on a replica set of somebody else's. */
export async function connectStore(
  engine: EngineAddress,
  specs: readonly CollectionSpec[],
): Promise<RunningStore> {
  const bindings = createTestBindings();
  bindings.write('db', mongodbEntries(engine, DATABASE));
  const connected = Promise.withResolvers<Mongo>();
  const start = async (ctx: Parameters<typeof connectMongo>[0]): Promise<object> => {
    const mongo = await connectMongo(ctx);
    await ensureCollections(mongo, specs);
    connected.resolve(mongo);
    return {};
  };
  const env = { ADMIN_PORT: '0', SHUTDOWN_DELAY_MS: '0', SERVICE_BINDING_ROOT: bindings.root };
  const running = await startService(defineService({ name: 'records', config: z.object({}), start }), {
    env,
  });
  return {
    mongo: await connected.promise,
    uri: engine.uri,
    database: DATABASE,
    async stop(): Promise<void> {
      await running.stop();
      bindings.remove();
    },
  };
}
