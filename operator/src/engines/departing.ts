/** A service of which something is still there that nobody wants: all it had, or only leftovers. */
export interface Departing {
  service: string;
  /** Since when, in RFC 3339. */
  since: string;
  /** The service lives on, and only something of it is wanted no more, as its queue. Its credentials have no part in it. */
  scope?: 'Leftovers';
}

/** How long what nobody wants is kept. */
export interface Grace {
  /** What was known before this round, of whichever service. */
  noted: readonly Departing[];
  /** Services that live on. */
  wanted: readonly string[];
  /** Milliseconds since the epoch. */
  now: number;
  graceMs: number;
}

/**
 * These services as departing ones, in order: since when it was noted, or since now. One that had leftovers and then goes has its whole
 * grace from then on. Pure.
 */
export function departures(services: Iterable<string>, { noted, wanted, now }: Grace): Departing[] {
  const today = `${new Date(now).toISOString().slice(0, 19)}Z`;
  return [...new Set(services)].sort().map((service) => {
    const fresh: Departing = {
      service,
      since: today,
      ...(wanted.includes(service) && { scope: 'Leftovers' }),
    };
    return noted.find((one) => one.service === service && one.scope === fresh.scope) ?? fresh;
  });
}

/** The departing services whose time is over. Pure. */
export function overdue(departing: readonly Departing[], { now, graceMs }: Grace): Set<string> {
  const isOver = ({ since }: Departing): boolean => now - Date.parse(since) >= graceMs;
  return new Set(departing.filter(isOver).map(({ service }) => service));
}
