import { pipeline } from 'node:stream/promises';
import { HttpProblem, inSpan, nameRoute, NotFound, requestSignal, traceHeaders } from '@careplane/kit';
import type { Request, RequestHandler, Response } from '@careplane/kit';
import type { Dispatcher } from 'undici';
import type { Backends } from '../backend/backends.ts';
import { problemOf } from '../backend/failure.ts';
import { requestHeaders, responseHeaders } from '../backend/headers.ts';
import { findRoute, isAmbiguous } from '../routes/table.ts';
import type { Route } from '../routes/table.ts';
import { readBody } from './read-body.ts';

export interface ProxyOptions {
  readonly routes: () => readonly Route[];
  readonly backends: Backends;
  /** How long an open circuit stays open, in milliseconds. */
  readonly circuitOpenMs: number;
}

const METHODS = new Set<string>([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
] satisfies Dispatcher.HttpMethod[]);
/** RFC 9110, 9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);

/** Forwards a request to the service whose route fits, and streams its answer back. */
export function createProxy(options: ProxyOptions): RequestHandler {
  return async (req, res) => {
    if (isAmbiguous(req.path)) throw new HttpProblem(400, 'The path is ambiguous');
    const route = findRoute(options.routes(), req.path);
    if (!route) throw new NotFound('There is no such route');
    nameRoute(req, `${route.path}/*`);
    const answer = await ask(req, route, options);
    await respond(req, res, answer);
  };
}

async function ask(req: Request, route: Route, options: ProxyOptions): Promise<Dispatcher.ResponseData> {
  const { body, replayable } = await readBody(req);
  const method = methodOf(req);
  try {
    return await inSpan(`${method} ${route.service}`, { kind: 'client' }, () =>
      options.backends.at(route.url).send({
        method,
        path: req.originalUrl,
        headers: requestHeaders(req.headers, {
          address: req.socket.remoteAddress ?? 'unknown',
          protocol: req.protocol,
          host: req.headers.host,
          trace: traceHeaders(),
        }),
        body,
        signal: requestSignal(req),
        idempotent: IDEMPOTENT.has(method) || req.headers['idempotency-key'] !== undefined,
        replayable,
      }),
    );
  } catch (error) {
    throw problemOf(error, options.circuitOpenMs);
  }
}

function methodOf(req: Request): Dispatcher.HttpMethod {
  if (!METHODS.has(req.method)) throw new HttpProblem(405, 'The method is not allowed');
  return req.method;
}

/** A body that breaks off must break off for the client too, which `pipeline` sees to by destroying the response. */
async function respond(req: Request, res: Response, answer: Dispatcher.ResponseData): Promise<void> {
  if (res.headersSent) {
    await answer.body.dump();
    return;
  }
  res.status(answer.statusCode);
  for (const [name, value] of Object.entries(responseHeaders(answer.headers))) res.setHeader(name, value);
  try {
    await pipeline(answer.body, res);
  } catch (error) {
    if (!requestSignal(req).aborted) throw error; // the client went away: there is nobody to tell
  }
}
