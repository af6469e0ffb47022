/** Minutes since the Unix epoch, UTC. Every time inside this service is one: whole minutes, no time zone, no clock change. */
export type EpochMinute = number;

/** A half-open span of time `[start, end)`. */
export interface Interval {
  readonly start: EpochMinute;
  readonly end: EpochMinute;
}

const MILLISECONDS = 60_000;

/**
 * Reads an RFC 3339 time.
 *
 * @throws RangeError when it is no time or does not fall on a whole minute.
 */
export function toEpochMinute(time: string): EpochMinute {
  const minute = Date.parse(time) / MILLISECONDS;
  if (!Number.isInteger(minute)) throw new RangeError('not a time on a whole minute');
  return minute;
}

/** Writes a minute as RFC 3339 in UTC, the way FHIR's `instant` wants it. */
export function toInstant(minute: EpochMinute): string {
  return new Date(minute * MILLISECONDS).toISOString();
}

/** The minute that `date` lies in. */
export function minuteOf(date: Date): EpochMinute {
  return Math.floor(date.getTime() / MILLISECONDS);
}
