import { connectMongo, defineService, ensureCollections } from '@careplane/kit';
import { Counter } from 'prom-client';
import { readWitnessKey, witnessConfig } from './config.ts';
import { witnessRouter } from './router.ts';
import { STATES, storedStates } from './states.ts';

/** Cosigns checkpoints of the audit log, each only when it goes on from the one before. */
export const witness = defineService({
  name: 'witness',
  config: witnessConfig,
  http: { parseBodies: false },
  async start(ctx) {
    const key = readWitnessKey(ctx.bindings, ctx.config.WITNESS_NAME);
    const mongo = await connectMongo(ctx);
    await ensureCollections(mongo, [{ name: STATES }]);
    const requests = new Counter({
      name: 'careplane_witness_requests_total',
      help: 'Requests to cosign a checkpoint, by result: cosigned, conflict (another size), inconsistent, unsigned, unknown-log, malformed.',
      labelNames: ['result'],
      registers: [ctx.metrics.registry],
    });
    const parts = { key, logs: ctx.config.LOG_KEYS, states: storedStates(mongo), now: () => new Date() };
    const router = witnessRouter(parts, (result) => {
      requests.inc({ result });
      if (result === 'inconsistent')
        ctx.logger.error('witness: a log shows a tree that does not go on from the one before');
    });
    return { router };
  },
});
