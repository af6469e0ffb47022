/** How many places one caller may hold while there are not enough for all. */
export interface FairShare {
  /** Whether a caller may take one of so many places. */
  lets(caller: string, places: number): boolean;
  /** There was no place for this caller. */
  refused(caller: string, places: number): void;
  entered(caller: string): void;
  left(caller: string): void;
  /** Nobody was short since the last one: the level rises. */
  windowOver(places: number): void;
}

/**
 * Finds the most places that one caller may hold as water finds its level: it falls by a place when somebody who holds fewer was refused
 * since all were taken, and rises by one in a window in which that happened to nobody (max-min fairness). Whoever is alone has all.
 */
export function createFairShare(): FairShare {
  const held = new Map<string, number>();
  const heldBy = (caller: string): number => held.get(caller) ?? 0;
  let level = Infinity;
  let isSomebodyShort = false;
  return {
    lets: (caller, places) => heldBy(caller) < Math.min(level, places),
    refused(caller, places): void {
      const most = Math.min(level, places);
      if (heldBy(caller) >= most - 1) return;
      if (!isSomebodyShort) level = most - 1;
      isSomebodyShort = true;
    },
    entered(caller): void {
      held.set(caller, heldBy(caller) + 1);
    },
    left(caller): void {
      const left = heldBy(caller) - 1;
      if (left > 0) held.set(caller, left);
      else held.delete(caller);
    },
    windowOver(places): void {
      if (level >= places) level = Infinity;
      if (!isSomebodyShort) level += 1;
      isSomebodyShort = false;
    },
  };
}
