import express from 'express';
import type { Express, RequestHandler, Router } from 'express';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import { bodies } from './body.ts';
import { unmatched } from './methods.ts';
import { observeRequests } from './observe.ts';
import { problemHandler } from './problem.ts';
import { strictRequests } from './strict.ts';
import { securityHeaders } from './security-headers.ts';
import { limitByFlow, limitTime } from './timeout.ts';
import type { FlowLimits } from './timeout.ts';

export interface AppOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly router: Router;
  readonly requestTimeoutMs: number;
  readonly bodyLimitBytes: number;
  /** False for a proxy, which streams bodies through. */
  readonly parseBodies: boolean;
  /** Paths whose routes read bodies themselves, of any type and length, and answer with as much; and what their requests must keep up. */
  readonly streamed?: { readonly paths: readonly string[]; readonly flow: FlowLimits };
  /** Proxies in front that are believed about the client's address. */
  readonly trustedHops: number;
  /** Asked for each answer: true from SIGTERM on, so that clients move their keep-alive connections elsewhere. */
  readonly draining: () => boolean;
  /** True where strangers call: what they say of a trace is not believed. */
  readonly isEdge?: boolean;
  /** The hosts under which this is reached, without ports; absent: any. */
  readonly hosts?: readonly string[];
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
  app.use(observeRequests(options.logger, options.metrics, { isEdge: options.isEdge ?? false }));
  app.use(answerHeaders(options.draining));
  app.use(strictRequests(options.hosts ? { hosts: options.hosts } : {}));
  if (options.guard) app.use(options.guard);
  app.use(limitTime({ timeoutMs: options.requestTimeoutMs, isEdge: options.isEdge ?? false }));
  if (options.parseBodies) app.use(bodiesOf(options));
  app.use(options.router);
  app.use(unmatched(options.router));
  app.use(problemHandler(options.logger));
  return app;
}

/** Reads bodies whole, but for the paths that stream and what is below them. */
function bodiesOf({ streamed, bodyLimitBytes }: AppOptions): RequestHandler {
  const whole = bodies(bodyLimitBytes);
  return async (req, res, next) => {
    if (streamed?.paths.some((path) => req.path === path || req.path.startsWith(`${path}/`)) === true) {
      limitByFlow(req, res, streamed.flow);
      next();
    } else await whole(req, res, next); // awaited: Express answers what it rejects with
  };
}

/** Answers are about persons unless their route says otherwise: no cache keeps them. */
function answerHeaders(draining: () => boolean): RequestHandler {
  const always = [...securityHeaders(), ['cache-control', 'no-store'] as const];
  return (_req, res, next) => {
    if (draining()) res.setHeader('connection', 'close');
    for (const [name, value] of always) res.setHeader(name, value);
    next();
  };
}
