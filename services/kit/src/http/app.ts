import express from 'express';
import type { Express, RequestHandler, Router } from 'express';
import helmet from 'helmet';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import { jsonBodies } from './json-bodies.ts';
import { observeRequests } from './observe.ts';
import { problemHandler, unmatched } from './problem.ts';
import { limitTime } from './timeout.ts';

export interface AppOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly router: Router;
  readonly requestTimeoutMs: number;
  readonly bodyLimitBytes: number;
  /** False for a proxy, which streams bodies through. */
  readonly parseBodies: boolean;
  /** Proxies in front that are believed about the client's address. */
  readonly trustedHops: number;
  /** Asked for each answer: true from SIGTERM on, so that clients move their keep-alive connections elsewhere. */
  readonly draining: () => boolean;
  /** Before the routes: who may call at all. */
  readonly guard?: RequestHandler;
}

/** The Express application around a service's router: observation, headers, limits, errors. */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag'); // versions are set by handlers; a hash of a body is no version
  app.set('trust proxy', options.trustedHops);
  app.set('query parser', 'simple'); // no nested objects from a query string
  app.use(observeRequests(options.logger, options.metrics));
  app.use(endKeepAlive(options.draining));
  // An API's answers are data: the strictest policy, and no sharing with other origins' documents.
  app.use(
    helmet({ contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } } }),
  );
  if (options.guard) app.use(options.guard);
  app.use(limitTime(options.requestTimeoutMs));
  if (options.parseBodies) app.use(jsonBodies(options.bodyLimitBytes));
  app.use(options.router);
  app.use(unmatched);
  app.use(problemHandler(options.logger));
  return app;
}

function endKeepAlive(draining: () => boolean): RequestHandler {
  return (_req, res, next) => {
    if (draining()) res.set('connection', 'close');
    next();
  };
}
