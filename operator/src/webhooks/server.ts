import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { KeyPair } from '../pki/certificate.ts';
import type { Logger } from '../runtime/controller.ts';
import { describe } from '../runtime/errors.ts';

/** One path of the server: takes a parsed body and returns what is to be sent. Throws BadReview for what is none. */
export interface Endpoint {
  /** Bytes; a longer body is refused unread. */
  bodyLimit: number;
  answer(body: unknown): Promise<unknown>;
}

/** The body is no review for this path. The message gives the reason and never quotes the body. */
export class BadReview extends Error {
  override readonly name = 'BadReview';
}

export interface WebhookServerOptions {
  /** Address to listen on; absent: all. */
  host?: string | undefined;
  /** 0: any free port. */
  port: number;
  endpoints: Readonly<Record<string, Endpoint>>;
  log: Logger;
  /** Called after each request with its path (`other` for unknown ones), status and seconds. */
  onRequest(path: string, status: number, seconds: number): void;
}

export interface WebhookServer {
  readonly port: number;
  /** Takes effect with the next connection; open connections keep their certificate. */
  use(pair: KeyPair): void;
  /** Answers the requests in progress and closes. */
  stop(): Promise<void>;
}

/** Longer than any webhook's timeout at the API server (30 s at most). It ends connections that send nothing. */
const REQUEST_TIMEOUT_MS = 35_000;
/** Longer than the API server's 90 s: a request on a connection that this side closes fails, and its write is refused. */
const KEEP_ALIVE_MS = 120_000;

/** HTTPS for the API server. No handshake succeeds before {@link WebhookServer.use} was given a certificate. */
export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ minVersion: 'TLSv1.2' }, (request, response) => {
    void serve(request, response, options);
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = 10_000;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', (error) => {
    options.log.debug('a handshake failed', { error: describe(error) });
  });
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    use: ({ certificate, key }) => {
      server.setSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' });
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeIdleConnections();
        for (const socket of sockets) socket.setTimeout(1_000, () => socket.destroy());
      }),
  };
}

function listen(server: Server, { host, port }: WebhookServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: WebhookServerOptions,
): Promise<void> {
  const started = performance.now();
  // Query parameters (`?timeout=5s`) are the API server's.
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const endpoint = Object.hasOwn(options.endpoints, path) ? options.endpoints[path] : undefined;
  const { status, body } = await outcome(request, endpoint, options.log);
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    // No other request can follow on a connection with an unread body.
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(text);
  const seconds = (performance.now() - started) / 1_000;
  options.onRequest(endpoint === undefined ? 'other' : path, status, seconds);
}

interface Answer {
  status: number;
  body: unknown;
}

async function outcome(
  request: IncomingMessage,
  endpoint: Endpoint | undefined,
  log: Logger,
): Promise<Answer> {
  if (endpoint === undefined) return refusal(404, 'there is no such path');
  if (request.method !== 'POST') return refusal(405, 'only POST');
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    return refusal(415, 'only application/json');
  try {
    const text = await read(request, endpoint.bodyLimit);
    if (text === undefined) return refusal(413, `more than ${endpoint.bodyLimit} bytes`);
    return { status: 200, body: await endpoint.answer(parse(text)) };
  } catch (error) {
    if (error instanceof BadReview) return refusal(400, error.message);
    // The error only: objects do not belong in logs.
    log.error('a review failed', { path: request.url, error: describe(error) });
    return refusal(500, 'the review failed; the operator logged why');
  }
}

function refusal(status: number, message: string): Answer {
  return { status, body: { message } };
}

/** `undefined` when it is longer than allowed. Rejects when the connection ends before the body does. */
async function read(request: IncomingMessage, limit: number): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  // Not destroyed on return: the caller still has to receive the refusal.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own message quotes what it could not read.
    throw new BadReview('the body is not JSON');
  }
}
