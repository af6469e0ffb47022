import { connectRedis, createUserAuth, defineService, jsonBodies, remoteKeys, Router } from '@careplane/kit';
import { about } from './about.ts';
import { createBackends } from './backend/backends.ts';
import { gatewayConfig } from './config.ts';
import { createAdmission } from './entrance/admission.ts';
import { createGuard } from './entrance/guard.ts';
import { createLimits } from './entrance/limits.ts';
import { createGraphql } from './graphql/endpoint.ts';
import { createProxy } from './proxy/proxy.ts';
import { createLiveRoutes } from './routes/live-routes.ts';

/** A GraphQL document and its variables. */
const GRAPHQL_BODY_BYTES = 32_768;

/**
 * The entrance: REST and GraphQL, token check, limits, shedding, circuits. Ready without its backends; identity's keys are
 * waited for a while.
 */
export const gateway = defineService({
  name: 'gateway',
  config: gatewayConfig,
  http: { parseBodies: false, trustedHops: 0 },
  start(ctx) {
    const { config, logger } = ctx;
    const routes = createLiveRoutes({ bindings: ctx.bindings, logger, refreshMs: config.ROUTES_REFRESH_MS });
    const backends = createBackends(config, logger, ctx.transport.connect);
    ctx.lifecycle.onShutdown('close', 'backends', () => backends.close());
    const users = createUserAuth({
      issuer: config.ISSUER,
      keys: remoteKeys(ctx, `${ctx.calls.url('identity')}/.well-known/jwks.json`),
    });
    const router = Router();
    router.use(createAdmission(config.MAX_IN_FLIGHT));
    router.use(createGuard(users, createLimits(config, connectRedis(ctx))));
    router.get('/', about(config.CAREPLANE_VERSION));
    router.post('/graphql', jsonBodies(GRAPHQL_BODY_BYTES), createGraphql({ routes, backends, logger }));
    router.use(createProxy({ routes, backends, circuitOpenMs: config.CIRCUIT_OPEN_MS }));
    return { router };
  },
});
