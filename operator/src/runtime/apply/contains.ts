/**
 * Whether all that is desired is live: maps may have more keys, lists have the same length and order.
 * A wrong "no" (`1000m` is stored as `1`) costs one apply.
 */
export function contains(live: unknown, desired: unknown): boolean {
  if (Array.isArray(desired)) return containsList(live, desired);
  if (typeof desired === 'object' && desired !== null)
    return containsMap(live, desired as Record<string, unknown>);
  return live === desired;
}

function containsList(live: unknown, desired: unknown[]): boolean {
  if (!Array.isArray(live)) return desired.length === 0 && live === undefined;
  return live.length === desired.length && desired.every((item, index) => contains(live[index], item));
}

function containsMap(live: unknown, desired: Record<string, unknown>): boolean {
  const wanted = Object.entries(desired).filter(([, value]) => value !== undefined);
  // The API server drops empty maps.
  if (live === undefined || live === null) return wanted.length === 0;
  if (typeof live !== 'object' || Array.isArray(live)) return false;
  return wanted.every(([name, value]) => contains((live as Record<string, unknown>)[name], value));
}
