import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that takes requests, and its graceful end. */
export interface Listening {
  readonly port: number;
  readonly server: Server;
  /** Takes no new connection, answers what is in flight, ends idle keep-alive connections; resolves when all are gone. */
  drain(): Promise<void>;
}

/** Longer than a gateway's or load balancer's idle timeout, so that the client side closes first. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_TIMEOUT_MS = 10_000;
const IDLE_SWEEP_MS = 50;

/** Listens on a port of all interfaces (0: any free one). */
export async function listen(handler: RequestListener, port: number): Promise<Listening> {
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_TIMEOUT_MS },
    handler,
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return { port: (server.address() as AddressInfo).port, server, drain: () => drain(server) };
}

/** `server.close` ends only the connections that are idle at that moment; those that become idle later are swept. */
async function drain(server: Server): Promise<void> {
  const sweep = setInterval(() => {
    server.closeIdleConnections();
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
