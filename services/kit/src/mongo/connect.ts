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
  const first = await openPatiently(ctx);
  let inUse = first.binding;
  const mongo = new ConnectedMongo(ctx, first.connection, () => open(ctx, inUse));
  state.mongo = mongo;
  ctx.lifecycle.onShutdown('close', 'mongodb', () => mongo.close());
  followBinding(ctx, {
    type: 'mongodb',
    inUse: () => inUse,
    async adopt(binding): Promise<void> {
      await mongo.moveTo(await open(ctx, binding));
      inUse = binding;
    },
  });
  return mongo;
}
