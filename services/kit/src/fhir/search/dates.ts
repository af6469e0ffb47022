const PARTS =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;

/**
 * The interval `[start, end)` in epoch milliseconds that a FHIR date, dateTime or instant covers by its precision: `2026-02` is the
 * month. Without a zone it is read in UTC.
 * @returns undefined for what is no date, such as 2026-02-30 or the year 0000
 */
export function intervalOf(text: string): { readonly start: number; readonly end: number } | undefined {
  const match = PARTS.exec(text);
  if (!match) return undefined;
  const [, year = '', month, day, ...time] = match;
  if (!isCalendarDate(Number(year), Number(month ?? 1), Number(day ?? 1))) return undefined;
  return time[0] === undefined
    ? ofDate(Number(year), month, day)
    : ofTime(utc(Number(year), Number(month) - 1, Number(day)), time);
}

/** @param midnight of the day in UTC; of the time hour, minute, second, fraction, zone */
function ofTime(
  midnight: number,
  [hour, minute, second, fraction, zone]: readonly (string | undefined)[],
): { readonly start: number; readonly end: number } | undefined {
  const offset = offsetOf(zone);
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second ?? 0)];
  if (offset === undefined || hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const millis = fraction === undefined ? 0 : Math.trunc(Number(`0.${fraction}`) * 1000);
  const start = midnight + ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis - offset;
  return { start, end: start + lengthOf(second, fraction) };
}

function lengthOf(second: string | undefined, fraction: string | undefined): number {
  if (second === undefined) return 60_000;
  return fraction === undefined ? 1000 : 1;
}

function ofDate(
  year: number,
  month: string | undefined,
  day: string | undefined,
): { readonly start: number; readonly end: number } {
  if (month === undefined) return { start: utc(year, 0, 1), end: utc(year + 1, 0, 1) };
  const index = Number(month) - 1;
  if (day === undefined) return { start: utc(year, index, 1), end: utc(year, index + 1, 1) };
  return { start: utc(year, index, Number(day)), end: utc(year, index, Number(day) + 1) };
}

/** `Date.UTC` takes years below 100 for those of the last century. */
function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day);
}

/** Whether a day exists; years from 1 on. */
export function isCalendarDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const lastDay = new Date(utc(year, month, 0)).getUTCDate();
  return year >= 1 && day <= lastDay;
}

/** Milliseconds; zones reach from -12:00 to +14:00, FHIR writes them within 14 hours both ways. */
function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  if (minutes > 59 || hours * 60 + minutes > 14 * 60) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** Of all zones on earth the first to see a new day. */
const EARLIEST_ZONE_MS = 14 * 3_600_000;

/** Whether a date (also a partial one) is in the future everywhere on earth: later than today in UTC+14. */
export function isFutureDate(date: string, now: Date = new Date()): boolean {
  const today = new Date(now.getTime() + EARLIEST_ZONE_MS).toISOString();
  return date.slice(0, 10) > today.slice(0, Math.min(date.length, 10));
}
