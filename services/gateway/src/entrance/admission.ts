import { HttpProblem, Unavailable, whenClosed } from '@careplane/kit';
import type { Request, RequestHandler } from '@careplane/kit';

const READS = new Set(['GET', 'HEAD']);
/** Reads can be repeated and a page reloaded; a booking that is lost is a patient who must start again. */
const READ_SHARE = 0.8;

/** Whether a request is let in, by its method and how many are in flight. Reads are shed first. */
export function admits(method: string, inFlight: number, cap: number): boolean {
  return inFlight < (READS.has(method) ? Math.floor(cap * READ_SHARE) : cap);
}

export interface AdmissionOptions {
  /** Requests in flight at once. */
  readonly cap: number;
  /** Bodies that arrive at once. */
  readonly arriving: number;
}

/** Who is in. */
export interface Admission {
  /** Refuses with 503 and Retry-After what would only wait: better some served in time than all too late. */
  readonly enter: RequestHandler;
  /**
   * Reads a body without the place of its request: a body that takes its time keeps nobody out. When too many arrive at once, the one that
   * has been at it for longest is given up.
   * @throws Unavailable when there is no place once it has arrived, HttpProblem (408) when it is given up
   */
  arriving<T>(req: Request, read: () => Promise<T>): Promise<T>;
  /** Gives the place of a request back before its end: it streams, and is counted where streams are. */
  leave(req: Request): void;
}

/** A request that was let in. */
interface Visit {
  isIn: boolean;
  isOver: boolean;
}

/** Counts requests in flight and bodies that arrive, each up to a limit. */
export function createAdmission({ cap, arriving: mostArriving }: AdmissionOptions): Admission {
  let inFlight = 0;
  const visits = new WeakMap<Request, Visit>();
  /** How to give each of them up, the oldest first. */
  const arrivals = new Set<(reason: HttpProblem) => void>();

  const takePlace = (visit: Visit, method: string): void => {
    if (!admits(method, inFlight, cap)) throw new Unavailable(1, { detail: 'Too much at once' });
    inFlight += 1;
    visit.isIn = true;
  };
  const givePlace = (visit: Visit): void => {
    if (visit.isIn) inFlight -= 1;
    visit.isIn = false;
  };
  const arrival = async <T>(read: () => Promise<T>): Promise<T> => {
    const [oldest] = arrivals.size >= mostArriving ? arrivals : [];
    oldest?.(tooSlow());
    if (oldest) arrivals.delete(oldest);
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    arrivals.add(reject);
    try {
      return await Promise.race([read(), givenUp]);
    } finally {
      arrivals.delete(reject);
    }
  };
  return {
    enter(req, res, next) {
      const visit: Visit = { isIn: false, isOver: false };
      takePlace(visit, req.method);
      visits.set(req, visit);
      whenClosed(res, () => {
        visit.isOver = true;
        givePlace(visit);
      });
      next();
    },
    leave(req) {
      const visit = visits.get(req);
      if (visit) givePlace(visit);
    },
    async arriving(req, read) {
      const visit = visits.get(req);
      if (!visit) throw new Error('the request was not let in');
      givePlace(visit);
      const body = await arrival(read);
      if (!visit.isOver) takePlace(visit, req.method);
      return body;
    },
  };
}

function tooSlow(): HttpProblem {
  return new HttpProblem(408, 'The request body came too slowly', { headers: { connection: 'close' } });
}
