/** The last midnight when this file began: the same day for all of a test, also when it runs across the next. */
const MIDNIGHT = new Date().setUTCHours(0, 0, 0, 0);

/** The time `minutes` after the midnight in `days` days, as an instant. */
export function inDays(days: number, minutes = 0): string {
  return new Date(MIDNIGHT + days * 86_400_000 + minutes * 60_000).toISOString();
}
