import { connectMongo, defineService, ensureCollections } from '@careplane/kit';
import { Counter } from 'prom-client';
import { readWitnessKey, witnessConfig } from './config.ts';
import { knownLogs, KEYS } from './logs.ts';
import { witnessRouter } from './router.ts';
import type { Result } from './router.ts';
import { STATES, storedStates } from './states.ts';

/** What a person must hear of. */
const ALARMS: Partial<Record<Result, string>> = {
  inconsistent: 'a log shows a tree that does not go on from the one before',
  'other-key': 'a log brings another key than before',
};

/** Cosigns checkpoints of the audit log, each only when it goes on from the one before. */
export const witness = defineService({
  name: 'witness',
  config: witnessConfig,
  http: { parseBodies: false },
  async start(ctx) {
    const key = readWitnessKey(ctx.bindings, ctx.config.WITNESS_NAME);
    const mongo = await connectMongo(ctx);
    await ensureCollections(mongo, [{ name: STATES }, { name: KEYS }]);
    const requests = new Counter({
      name: 'careplane_witness_requests_total',
      help: 'Requests, by result: cosigned, conflict (another size), inconsistent, unsigned, unknown-log, malformed; known and other-key where a log brings its key.',
      labelNames: ['result'],
      registers: [ctx.metrics.registry],
    });
    const logs = knownLogs(mongo, { configured: ctx.config.LOG_KEYS, origins: ctx.config.LOG_ORIGINS });
    const parts = { key, logs, states: storedStates(mongo), now: () => new Date() };
    const router = witnessRouter(parts, (result) => {
      requests.inc({ result });
      const alarm = ALARMS[result];
      if (alarm !== undefined) ctx.logger.error(`witness: ${alarm}`);
    });
    return { router };
  },
});
