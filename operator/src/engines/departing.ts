/** A service that is wanted no more, and whose user, queues and credentials are still there. */
export interface Departing {
  service: string;
  /** Since when, in RFC 3339. */
  since: string;
}

/** How long what nobody wants is kept. */
export interface Grace {
  /** Services that are known to depart. */
  departing: readonly Departing[];
  /** Milliseconds since the epoch. */
  now: number;
  graceMs: number;
}

/** These services as departing ones, in order: since when it was noted, or since now. Pure. */
export function departures(services: Iterable<string>, { departing, now }: Grace): Departing[] {
  const noted = new Map(departing.map(({ service, since }) => [service, since]));
  const today = `${new Date(now).toISOString().slice(0, 19)}Z`;
  return [...new Set(services)].sort().map((service) => ({ service, since: noted.get(service) ?? today }));
}

/** The departing services whose time is over. Pure. */
export function overdue(departing: readonly Departing[], { now, graceMs }: Grace): Set<string> {
  const isOver = ({ since }: Departing): boolean => now - Date.parse(since) >= graceMs;
  return new Set(departing.filter(isOver).map(({ service }) => service));
}
