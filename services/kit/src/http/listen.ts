import { createServer } from 'node:http';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';
import { pause } from '../resilience/backoff.ts';
import { redirectPlaintext } from '../tls/redirect.ts';
import type { ServerTls } from '../tls/server-tls.ts';
import { limitArrival } from './arrival.ts';
import { answerClientErrors } from './client-errors.ts';
import { continueWhenRead } from './expect.ts';

/** How long a server that is to end goes on taking connections, in milliseconds. */
export interface Linger {
  /** Until no new connection has come for this long: nobody is sent here any more. */
  readonly quietMs: number;
  /** But no longer than this. */
  readonly atMostMs: number;
}

/** A pod that still gets connections gets one at least this often, also at a few requests a second. */
const QUIET_MS = 1_000;
const LINGER_MS = 10_000;

/**
 * How long a server lingers that has waited for its endpoints to go: they may be late on a busy node, whatever the delay. Without a
 * delay nobody is sent here. A third of the deadline at most, so that what is in flight then can end. All in milliseconds.
 */
export function lingerAfter(delayMs: number, deadlineMs: number): Linger {
  return {
    quietMs: Math.min(QUIET_MS, delayMs),
    atMostMs: Math.min(LINGER_MS, 10 * delayMs, deadlineMs / 3),
  };
}

/** A server that takes requests, and its graceful end. */
export interface Listening {
  readonly port: number;
  readonly server: Server;
  /**
   * Takes no new connection (after the linger, if there is one), answers what is in flight, ends idle keep-alive
   * connections; resolves when all are gone. A connection over which nobody says anything is not waited for.
   */
  drain(linger?: Linger): Promise<void>;
}

/** Longer than a gateway's or load balancer's idle timeout, so that the client side closes first. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_TIMEOUT_MS = 10_000;
const IDLE_SWEEP_MS = 50;
/** Who has sent half a request sends the rest within this: once closed, Node looks after no timeout of it any more. */
const SILENCE_MS = 1_000;

/** The request line and the headers; what is refused with 414 and 431 is less, so that it can be told apart. */
const HEAD_BYTES = 32_768;
/** Within this a request must have arrived in full, unless the service says otherwise. */
const ARRIVAL_MS = 10_000;

export interface ListenOptions {
  readonly tls?: ServerTls | undefined;
  /** Within this a request must have arrived in full, headers and body; then it is 408 and the connection ends. */
  readonly arrivalMs?: number;
}

function serverOptions(arrivalMs: number): ServerOptions {
  return {
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, arrivalMs),
    requestTimeout: 0, // see `limitArrival`
    // Node looks after it only this often.
    connectionsCheckingInterval: Math.min(1_000, arrivalMs),
    maxHeaderSize: HEAD_BYTES,
  };
}

/** Listens on a port of all interfaces (0: any free one). */
export async function listen(
  handler: RequestListener,
  port: number,
  { tls, arrivalMs = ARRIVAL_MS }: ListenOptions = {},
): Promise<Listening> {
  const options = serverOptions(arrivalMs);
  const server = tls === undefined ? createServer(options, handler) : tlsServer(handler, tls, options);
  server.maxHeadersCount = 0; // the rest would be dropped without a word; `strictRequests` counts
  answerClientErrors(server);
  limitArrival(server, arrivalMs);
  continueWhenRead(server);
  const activity = watch(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    server,
    async drain(linger): Promise<void> {
      if (linger) await quiet(activity, linger);
      await drain(server, activity);
    },
  };
}

/** Takes up a renewed certificate; connections that are open stay as they are. */
function tlsServer(handler: RequestListener, tls: ServerTls, http: ServerOptions): TlsServer {
  const options = {
    ...http,
    ...tls.options(),
    requestCert: tls.isMutual,
    rejectUnauthorized: tls.isMutual,
    handshakeTimeout: HEADERS_TIMEOUT_MS,
    ALPNProtocols: ['http/1.1'],
  };
  const server = createTlsServer(options, handler);
  if (!tls.isMutual) redirectPlaintext(server);
  tls.onChange(() => {
    server.setSecureContext(tls.options());
  });
  return server;
}

interface Activity {
  /** Milliseconds since the last new connection. */
  sinceConnection(): number;
  /** Milliseconds for which nothing has been answered and nobody has come. */
  silence(): number;
  /** Ends every connection, also those whose handshake is under way, which the server itself does not know. */
  destroy(): void;
}

function watch(server: Server): Activity {
  let connectedAt = -Infinity;
  let answeredAt = -Infinity;
  let underWay = 0;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connectedAt = performance.now();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.prependListener('request', (_req, res) => {
    underWay += 1;
    res.setMaxListeners(res.getMaxListeners() + 1); // the handler's own are as many as Node finds normal
    res.once('close', () => {
      underWay -= 1;
      answeredAt = performance.now();
    });
  });
  return {
    sinceConnection: () => performance.now() - connectedAt,
    silence: () => (underWay > 0 ? 0 : performance.now() - Math.max(connectedAt, answeredAt)),
    destroy(): void {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/**
 * Endpoints may get around late on a busy node. Closing while connections still come resets those that the kernel has taken
 * and nobody has seen, and Node ends those that have not spoken yet: a client cannot know whether its request was seen.
 */
async function quiet(activity: Activity, { quietMs, atMostMs }: Linger): Promise<void> {
  const deadline = performance.now() + atMostMs;
  await polled();
  for (;;) {
    const rest = Math.min(quietMs - activity.sinceConnection(), deadline - performance.now());
    if (rest <= 0) return;
    await pause(rest);
    await polled();
  }
}

/** Whoever came while this process was busy is accepted before anybody concludes that nobody has. */
async function polled(): Promise<void> {
  await immediate();
  await immediate();
}

/** `server.close` ends only the connections that are idle at that moment; those that become idle later are swept. */
async function drain(server: Server, activity: Activity): Promise<void> {
  const begun = performance.now();
  const sweep = setInterval(() => {
    server.closeIdleConnections();
    const silentMs = Math.min(activity.silence(), performance.now() - begun);
    if (silentMs > SILENCE_MS) activity.destroy();
  }, IDLE_SWEEP_MS);
  try {
    await new Promise<void>((resolve, reject) => {
      server.close((error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  } finally {
    clearInterval(sweep);
  }
}
