import { connectMongo, defineService, ensureCollections, startService } from '@careplane/kit';
import type { CollectionSpec, Mongo } from '@careplane/kit';
import { createTestBindings, mongodbEntries } from '@careplane/kit/testing';
import { startMongod } from '@careplane/testing';
import { z } from 'zod';

/** Collections of identity on a real replica set, without the service around them. */
export interface Stores {
  readonly mongo: Mongo;
  stop(): Promise<void>;
}

export async function startStores(specs: readonly CollectionSpec[]): Promise<Stores> {
  const mongod = await startMongod();
  const bindings = createTestBindings();
  bindings.write('db', mongodbEntries(mongod, 'identity'));
  const connected = Promise.withResolvers<Mongo>();
  const start = async (ctx: Parameters<typeof connectMongo>[0]): Promise<object> => {
    const mongo = await connectMongo(ctx);
    await ensureCollections(mongo, specs);
    connected.resolve(mongo);
    return {};
  };
  const env = { ADMIN_PORT: '0', SHUTDOWN_DELAY_MS: '0', SERVICE_BINDING_ROOT: bindings.root };
  const running = await startService(defineService({ name: 'identity', config: z.object({}), start }), {
    env,
  });
  return {
    mongo: await connected.promise,
    async stop(): Promise<void> {
      await running.stop();
      await mongod.stop();
      bindings.remove();
    },
  };
}
