import type { Response } from 'express';

/**
 * Calls `done` once the answer is over, and at once when it is already: a client may go while a request waits for something, and its
 * `close` comes to nobody who listens later.
 */
export function whenClosed(res: Response, done: () => void): void {
  if (res.closed) done();
  else res.once('close', done);
}
