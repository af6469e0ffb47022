const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a duration as `200ms`, `60s`, `5m`, `12h` or `7d`. @throws RangeError for any other text */
export function milliseconds(duration: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(duration);
  const unit = match?.[2] as keyof typeof MILLISECONDS | undefined;
  if (match === null || unit === undefined) throw new RangeError(`no duration: ${duration}`);
  return Number(match[1]) * MILLISECONDS[unit];
}
