import { z } from 'zod';
import type { ServiceContext } from '../context.ts';
import type { CollectionSpec } from '../mongo/collections.ts';
import { connectMongo } from '../mongo/connect.ts';
import { ensureCollections } from '../mongo/mongo.ts';
import type { Mongo } from '../mongo/mongo.ts';
import { defineService, startService } from '../service.ts';
import { createTestBindings, mongodbEntries } from './bindings.ts';
import type { EngineAddress } from './bindings.ts';

/** Collections of a service on a replica set, without the service around them. */
export interface TestStore {
  readonly mongo: Mongo;
  /** Ends the connection; the replica set stays. */
  stop(): Promise<void>;
}

/** Connects as the service of this name, whose database has the same, and makes the collections. */
export async function connectStore(
  engine: EngineAddress,
  name: string,
  specs: readonly CollectionSpec[],
): Promise<TestStore> {
  const bindings = createTestBindings();
  bindings.write('db', mongodbEntries(engine, name));
  const connected = Promise.withResolvers<Mongo>();
  const start = async (ctx: ServiceContext): Promise<object> => {
    const mongo = await connectMongo(ctx);
    await ensureCollections(mongo, specs);
    connected.resolve(mongo);
    return {};
  };
  const env = { ADMIN_PORT: '0', SHUTDOWN_DELAY_MS: '0', SERVICE_BINDING_ROOT: bindings.root };
  const running = await startService(defineService({ name, config: z.object({}), start }), { env });
  return {
    mongo: await connected.promise,
    async stop(): Promise<void> {
      await running.stop();
      bindings.remove();
    },
  };
}
