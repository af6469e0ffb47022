import { connectRedis, defineService, flowLimits, remoteUserAuth, Router } from '@careplane/kit';
import type { ServiceContext } from '@careplane/kit';
import { about } from './about.ts';
import { createBackends } from './backend/backends.ts';
import { gatewayConfig } from './config.ts';
import type { GatewayConfig } from './config.ts';
import { createDocumentReader } from './documents/document-reader.ts';
import { documentRoutes } from './documents/routes.ts';
import { createAdmission } from './entrance/admission.ts';
import { allowOnly } from './entrance/allow-only.ts';
import { createAppOrigins } from './entrance/app-origins.ts';
import { createCors } from './entrance/cors.ts';
import { createReplays } from './entrance/dpop.ts';
import { createGuard } from './entrance/guard.ts';
import { createLimits } from './entrance/limits.ts';
import { createGraphql, graphqlBody } from './graphql/endpoint.ts';
import { createProxy } from './proxy/proxy.ts';
import { createStreams } from './proxy/streams.ts';
import { createLiveRoutes } from './routes/live-routes.ts';

/**
 * The entrance: REST and GraphQL, token check, limits, shedding, circuits. Ready without its backends; identity's keys are
 * waited for a while.
 */
export const gateway = defineService({
  name: 'gateway',
  config: gatewayConfig,
  http: {
    parseBodies: false,
    isEdge: true,
    trustedHops: ({ TRUSTED_PROXIES }) => TRUSTED_PROXIES,
    hosts: ({ HOSTS }) => HOSTS,
  },
  start(ctx) {
    const { config, logger } = ctx;
    const routes = createLiveRoutes({ bindings: ctx.bindings, logger, refreshMs: config.ROUTES_REFRESH_MS });
    const backends = createBackends(config, logger, ctx.transport.connect);
    ctx.lifecycle.onShutdown('close', 'backends', () => backends.close());
    const cache = connectRedis(ctx);
    const limits = createLimits(config, cache);
    const auth = remoteUserAuth(ctx);
    const router = Router();
    router.use(createCors(createAppOrigins(ctx, config.DOCUMENTS_REFRESH_MS)));
    const admission = createAdmission({ cap: config.MAX_IN_FLIGHT, arriving: config.MAX_ARRIVING });
    router.use(admission.enter);
    router.use(
      createGuard({ auth, limits, replays: createReplays(cache, logger), publicUrl: config.PUBLIC_URL }),
    );
    router.route('/').get(about(config.CAREPLANE_VERSION)).all(allowOnly('GET, HEAD'));
    router.use(documentRoutes({ routes, read: createDocumentReader(backends), ...documentOptions(ctx) }));
    router
      .route('/graphql')
      .post(
        graphqlBody(admission),
        createGraphql({ routes, backends, limits, logger, publicUrl: config.PUBLIC_URL }),
      )
      .all(allowOnly('POST'));
    router.get('/fhir/R4/.well-known/smart-configuration', (req, _res, next) => {
      req.url = '/.well-known/smart-configuration'; // identity serves it once, below the host
      next();
    });
    router.use(
      createProxy({
        routes,
        backends,
        admission,
        circuitOpenMs: config.CIRCUIT_OPEN_MS,
        bodyLimitBytes: config.BODY_LIMIT_BYTES,
        streamed: {
          paths: config.STREAMED_PATHS,
          limitBytes: config.STREAM_LIMIT_BYTES,
          flow: flowLimits(config),
          streams: createStreams({ most: config.MAX_STREAMS, ofCaller: config.CALLER_STREAMS }),
        },
        publicUrl: config.PUBLIC_URL,
      }),
    );
    return { router };
  },
});

function documentOptions({
  config,
  logger,
}: ServiceContext<GatewayConfig>): Omit<Parameters<typeof documentRoutes>[0], 'routes' | 'read'> {
  return {
    logger,
    refreshMs: config.DOCUMENTS_REFRESH_MS,
    version: config.CAREPLANE_VERSION,
    publicUrl: config.PUBLIC_URL,
    securityContact: config.SECURITY_CONTACT,
  };
}
