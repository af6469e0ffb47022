import { pipeline } from 'node:stream/promises';
import {
  discardBody,
  HttpProblem,
  inSpan,
  limitByFlow,
  nameRoute,
  NotFound,
  readBody,
  requestSignal,
  traceHeaders,
  whenClosed,
} from '@careplane/kit';
import type { FlowLimits, Request, RequestHandler, Response } from '@careplane/kit';
import type { Dispatcher } from 'undici';
import type { Backends } from '../backend/backends.ts';
import { problemOf } from '../backend/failure.ts';
import { requestHeaders, responseHeaders } from '../backend/headers.ts';
import type { Admission } from '../entrance/admission.ts';
import { clientOf } from '../entrance/client.ts';
import { callerOf } from '../entrance/guard.ts';
import { isWithin } from '../entrance/public-routes.ts';
import { findRoute } from '../routes/table.ts';
import type { Route } from '../routes/table.ts';
import { BodyEnded, streamedBody } from './streamed-body.ts';
import type { Streams } from './streams.ts';

export interface ProxyOptions {
  readonly routes: () => readonly Route[];
  readonly backends: Backends;
  readonly admission: Pick<Admission, 'arriving' | 'leave'>;
  /** How long an open circuit stays open, in milliseconds. */
  readonly circuitOpenMs: number;
  readonly bodyLimitBytes: number;
  /** What streams: the paths, how large a body may be, and what must flow. */
  readonly streamed: {
    readonly paths: readonly string[];
    readonly limitBytes: number;
    readonly flow: FlowLimits;
    readonly streams: Streams;
  };
  /** How clients reach the gateway; absent: as each request says. */
  readonly publicUrl?: string | undefined;
}

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** RFC 9110, 9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);

/** Forwards a request to the service whose route fits, and streams its answer back. */
export function createProxy(options: ProxyOptions): RequestHandler {
  return async (req, res) => {
    const route = findRoute(options.routes(), req.path);
    if (!route) throw new NotFound('There is no such route');
    nameRoute(req, `${route.path}/*`);
    const isStreamed = options.streamed.paths.some((path) => isWithin(req.path, path));
    const answer = await (isStreamed ? askStreaming(req, res, { route, options }) : ask(req, route, options));
    await respond(req, res, { answer, circuitOpenMs: options.circuitOpenMs });
  };
}

async function ask(req: Request, route: Route, options: ProxyOptions): Promise<Dispatcher.ResponseData> {
  const body = (await bodyOf(req, options)) ?? null;
  const { method } = req;
  const repeatable = isRepeatable(req);
  try {
    return await inSpan(`${method} ${route.service}`, { kind: 'client' }, () =>
      options.backends.at(route.url).send({
        method,
        path: req.url,
        headers: requestHeaders(req.headers, { ...clientOf(req, options.publicUrl), trace: traceHeaders() }),
        body,
        signal: requestSignal(req),
        kind: kindOf(route, method),
        caller: callerOf(req),
        repeatable,
      }),
    );
  } catch (error) {
    throw problemOf(error, { openMs: options.circuitOpenMs, repeatable });
  }
}

interface Streaming {
  readonly route: Route;
  readonly options: ProxyOptions;
}

/** Both ways as bytes come, for as long as they do: nothing is held here, and nobody else waits for it. */
async function askStreaming(
  req: Request,
  res: Response,
  { route, options }: Streaming,
): Promise<Dispatcher.ResponseData> {
  const { admission, backends, circuitOpenMs, publicUrl, streamed } = options;
  const caller = callerOf(req);
  const body = streamedBody(req, streamed.limitBytes) ?? null;
  whenClosed(res, streamed.streams.enter(caller));
  admission.leave(req);
  limitByFlow(req, res, streamed.flow);
  const { method } = req;
  const from = { ...clientOf(req, publicUrl), trace: traceHeaders(), isStreamed: true };
  try {
    const answer = await inSpan(`${method} ${route.service}`, { kind: 'client' }, () =>
      backends.at(route.url).stream({
        ...{ method, path: req.url, headers: requestHeaders(req.headers, from), body },
        ...{ signal: requestSignal(req), caller },
      }),
    );
    if (!req.complete) await discardBody(req); // it was refused: an answer before its end is lost with the connection
    return answer;
  } catch (error) {
    if (error instanceof BodyEnded && error.cause instanceof HttpProblem) throw error.cause;
    throw problemOf(error, { openMs: circuitOpenMs, repeatable: body === null && isRepeatable(req) });
  }
}

function bodyOf(
  req: Request,
  { admission, bodyLimitBytes }: ProxyOptions,
): Promise<Buffer | undefined> | undefined {
  return hasBody(req) ? admission.arriving(req, () => readBody(req, bodyLimitBytes)) : undefined;
}

function hasBody({ headers }: Request): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/** Preconditions of writes. */
const CONDITIONS = ['if-match', 'if-none-match', 'if-unmodified-since'];
/** Where a create honours an Idempotency-Key: neither the endpoints of OAuth 2 nor operations do. */
const CREATES = /^\/fhir\/R4\/[A-Z][A-Za-z]{1,63}$/;

/**
 * Whether it may be sent again when it may have been seen. What has a precondition may not: done once, it fails the second
 * time, and its sender is told that it was not done.
 */
export function isRepeatable({
  method,
  path,
  headers,
}: Pick<Request, 'method' | 'path' | 'headers'>): boolean {
  if (READS.has(method)) return true;
  if (CONDITIONS.some((name) => headers[name] !== undefined)) return false;
  if (IDEMPOTENT.has(method)) return true;
  return method === 'POST' && headers['idempotency-key'] !== undefined && CREATES.test(path);
}

/** What shares a limit of calls under way. */
export function kindOf(route: Route, method: string): string {
  return `${route.path} ${READS.has(method) ? 'read' : 'write'}`;
}

/** Read whole: one write to the client, and none of what streams cost. A page of a search is not larger. */
const SMALL_BYTES = 65_536;

interface Answered {
  readonly answer: Dispatcher.ResponseData;
  readonly circuitOpenMs: number;
}

async function respond(req: Request, res: Response, answered: Answered): Promise<void> {
  const { answer } = answered;
  if (res.headersSent) {
    await answer.body.dump();
    return;
  }
  const bytes = isSmall(answer) ? await readWhole(req, answered) : undefined;
  res.status(answer.statusCode);
  setHeaders(res, answer);
  if (bytes) res.end(bytes);
  else await stream(req, res, answer);
}

function isSmall({ headers }: Dispatcher.ResponseData): boolean {
  const length = headers['content-length'];
  return typeof length === 'string' && Number(length) <= SMALL_BYTES;
}

/** What breaks off is told as what it is: the client has seen nothing of it. */
async function readWhole(req: Request, { answer, circuitOpenMs }: Answered): Promise<Uint8Array> {
  try {
    return await answer.body.bytes();
  } catch (error) {
    throw problemOf(error, { openMs: circuitOpenMs, repeatable: isRepeatable(req) });
  }
}

function setHeaders(res: Response, { headers }: Dispatcher.ResponseData): void {
  for (const [name, value] of Object.entries(responseHeaders(headers))) {
    if (name === 'vary')
      res.vary([value].flat().join(', ')); // the gateway has its own, of origins
    else res.setHeader(name, value);
  }
}

/** A body that breaks off must break off for the client too, which `pipeline` sees to by destroying the response. */
async function stream(req: Request, res: Response, { body }: Dispatcher.ResponseData): Promise<void> {
  try {
    await pipeline(body, res);
  } catch (error) {
    if (!requestSignal(req).aborted) throw error; // the client went away: there is nobody to tell
  }
}
