/** Whether a time is within a period: `from` inclusive, `until` exclusive. A time that cannot be read answers `unreadable`. */
export function isWithin(
  period: { readonly from?: string; readonly until?: string },
  now: Date,
  unreadable = false,
): boolean {
  const from = period.from === undefined ? -Infinity : Date.parse(period.from);
  const until = period.until === undefined ? Infinity : Date.parse(period.until);
  if (Number.isNaN(from) || Number.isNaN(until)) return unreadable;
  return from <= now.getTime() && now.getTime() < until;
}
