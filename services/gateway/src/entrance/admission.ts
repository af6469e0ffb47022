import { Unavailable } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';

const READS = new Set(['GET', 'HEAD']);
/** Reads can be repeated and a page reloaded; a booking that is lost is a patient who must start again. */
const READ_SHARE = 0.8;

/** Whether a request is let in, by its method and how many are in flight. Reads are shed first. */
export function admits(method: string, inFlight: number, cap: number): boolean {
  return inFlight < (READS.has(method) ? Math.floor(cap * READ_SHARE) : cap);
}

/** Refuses with 503 and Retry-After what would only wait: better some served in time than all too late. */
export function createAdmission(cap: number): RequestHandler {
  let inFlight = 0;
  return (req, res, next) => {
    if (!admits(req.method, inFlight, cap)) throw new Unavailable(1, { detail: 'Too much at once' });
    inFlight += 1;
    res.once('close', () => {
      inFlight -= 1;
    });
    next();
  };
}
