import type { IncomingMessage, Server } from 'node:http';

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/**
 * A body must have arrived in full within a time after its headers; then it is 408 and the connection ends. Node's own `requestTimeout` is
 * the same for all requests, and a document on a slow line takes its time.
 */
export function limitArrival(server: Server, arrivalMs: number): void {
  server.prependListener('request', (req: IncomingMessage) => {
    const { headers } = req;
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return;
    const timer = setTimeout(() => {
      if (!req.complete) server.emit('clientError', new ArrivalTimeout(), req.socket);
    }, arrivalMs);
    timers.set(req, timer);
    req.once('close', () => {
      clearTimeout(timer);
    });
  });
}

/** Ends the limit for a request whose body may take longer: something else bounds it. */
export function letArrive(req: IncomingMessage): void {
  clearTimeout(timers.get(req));
}

/** As Node itself says it. */
class ArrivalTimeout extends Error {
  override readonly name = 'ArrivalTimeout';
  readonly code = 'ERR_HTTP_REQUEST_TIMEOUT';
}
