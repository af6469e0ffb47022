import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export interface HealthOptions {
  /** Address to listen on; absent: all. */
  host?: string | undefined;
  /** 0: any free port. */
  port: number;
  registry: Registry;
  /** What is not in order, in words; empty means ready. */
  failing(): string[];
  /** The program does not get further by itself and has to be restarted. */
  isStuck(): boolean;
  /** Called before metrics are read. */
  beforeScrape(): void;
}

export interface HealthServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Serves `/livez` (the event loop turns, and the program is not stuck), `/readyz` and `/metrics`. */
export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    void answer(request.url ?? '/', response, options);
  });
  server.requestTimeout = 10_000;
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(url: string, response: ServerResponse, options: HealthOptions): Promise<void> {
  switch (url.split('?', 1)[0]) {
    case '/livez':
      sendLiveness(response, options.isStuck());
      return;
    case '/readyz':
      sendReadiness(response, options.failing());
      return;
    case '/metrics':
      await sendMetrics(response, options);
      return;
    default:
      send(response, 404, 'text/plain', 'there is /livez, /readyz and /metrics\n');
  }
}

function sendLiveness(response: ServerResponse, isStuck: boolean): void {
  send(response, isStuck ? 503 : 200, 'text/plain', isStuck ? 'stuck\n' : 'ok\n');
}

function sendReadiness(response: ServerResponse, failing: string[]): void {
  const isReady = failing.length === 0;
  const body = { status: isReady ? 'ok' : 'failing', failing };
  send(response, isReady ? 200 : 503, 'application/json', `${JSON.stringify(body)}\n`);
}

async function sendMetrics(response: ServerResponse, options: HealthOptions): Promise<void> {
  options.beforeScrape();
  try {
    send(response, 200, options.registry.contentType, await options.registry.metrics());
  } catch (error) {
    send(response, 500, 'text/plain', `${Error.isError(error) ? error.message : 'no metrics'}\n`);
  }
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType }).end(body);
}

function listen(server: Server, { host, port }: HealthOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
