import { followBinding } from '../binding-follow.ts';
import type { ServiceContext } from '../context.ts';
import { ConnectedMongo } from './connected-mongo.ts';
import { open, openPatiently } from './open.ts';
import type { Mongo } from './mongo.ts';

/**
 * Connects to the mongodb binding, trying until it succeeds or the service ends (the user may be made after the pod);
 * each attempt reads the binding again. Registers readiness (required: the database answers and has the collections that
 * the service declares), the move to another credential when the binding changes, and the closing at shutdown.
 */
export async function connectMongo(ctx: ServiceContext): Promise<Mongo> {
  const state: { mongo?: ConnectedMongo } = {};
  ctx.health.register('mongodb', 'required', async () => {
    if (!state.mongo) throw new Error('not connected');
    await state.mongo.check();
  });
  const mongo = new ConnectedMongo(ctx, await openPatiently(ctx), (binding) => open(ctx, binding));
  state.mongo = mongo;
  ctx.lifecycle.onShutdown('close', 'mongodb', () => mongo.close());
  followBinding(ctx, {
    type: 'mongodb',
    inUse: () => mongo.binding,
    adopt: async (binding) => mongo.moveTo({ binding, connection: await open(ctx, binding) }),
  });
  return mongo;
}
