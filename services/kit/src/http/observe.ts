import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import { openSpan, traceContext } from '../observe/tracing.ts';

const routeNames = new WeakMap<Request, string>();

/** Names the route of a request that no Express route template describes (a proxy's prefix). */
export function nameRoute(req: Request, template: string): void {
  routeNames.set(req, template);
}

/** The route template for logs and labels: never a URL with ids in it. */
export function routeOf(req: Request): string {
  const named = routeNames.get(req);
  if (named !== undefined) return named;
  const matched = (req as { route?: { path?: unknown } }).route?.path;
  return typeof matched === 'string' ? `${req.baseUrl}${matched}` : '(unmatched)';
}

/** Metric labels are bounded: a made-up method must not make a new time series. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Trace, duration metric and one log line for each request. At the edge a trace begins: a stranger's `traceparent` and `baggage`
 * would be written into every log and sent to every service behind.
 */
export function observeRequests(
  logger: Logger,
  metrics: Metrics,
  { isEdge }: { readonly isEdge: boolean } = { isEdge: false },
): RequestHandler {
  return (req, res, next) => {
    const started = process.hrtime.bigint();
    const method = METHODS.has(req.method) ? req.method : 'OTHER';
    const { span, scope } = openSpan(method, {
      kind: 'server',
      parent: isEdge ? ROOT_CONTEXT : traceContext(req.headers),
    });
    metrics.requestsInFlight.inc();
    res.once('close', () => {
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      metrics.requestsInFlight.dec();
      const labels = { method, route: routeOf(req), status: String(statusOf(res)) };
      metrics.requestDuration.observe(labels, seconds);
      context.with(scope, () => {
        logger.info('request', { ...labels, durationMs: Math.round(seconds * 1e4) / 10 });
      });
      span.updateName(`${method} ${labels.route}`);
      span.setAttribute('http.response.status_code', statusOf(res));
      span.end();
    });
    context.with(scope, next);
  };
}

/** 499 is what nginx calls a client that went away before its answer. */
function statusOf(res: Response): number {
  return res.writableFinished || res.headersSent ? res.statusCode : 499;
}
