export interface AdaptiveLimitOptions {
  readonly initial: number;
  readonly least: number;
  readonly most: number;
}

/** How many calls may be under way at once, by how long they take. */
export interface AdaptiveLimit {
  /** Takes a place; undefined when there is none. Give it back with what became of the call: overload makes the limit smaller. */
  enter(): ((outcome: 'answered' | 'overloaded' | 'unknown') => void) | undefined;
  current(): number;
}

/** Calls may take so much longer than they usually do before fewer are let in. */
const TOLERANCE = 1.2;
/** Room to find out that more is possible; under overload so many wait at the service, so it grows slower than the limit. */
function headroom(limit: number): number {
  return Math.max(1, Math.sqrt(limit) / 2);
}
const SMOOTHING = 0.2;
/** What "usually" means: an average over some minutes of windows; over seconds at the least limit, where nobody waits for others. */
const LONG_SHARE = 0.002;
const LEAST_SHARE = 0.2;
/** So far above the least limit what is seen still is what a call takes by itself. */
const NEAR_LEAST = 2;
const WINDOW = { ms: 100, calls: 10 } as const;

/**
 * A limit that follows what is behind: it shrinks when calls take longer than usual, since then they only wait there, and grows when
 * they do not. After Netflix' concurrency-limits, Gradient2.
 */
export function createAdaptiveLimit(
  { initial, least, most }: AdaptiveLimitOptions,
  now: () => number = () => performance.now(),
): AdaptiveLimit {
  let [limit, inFlight, usual] = [initial, 0, 0];
  let window = { since: now(), calls: 0, sum: 0, busiest: 0, refused: 0 };

  /** While callers are refused, those let in wait for each other: that is no longer usual, however long it lasts. */
  const learn = (mean: number): number => {
    const isLeast = limit <= least + NEAR_LEAST;
    if (window.refused > 0 && mean > usual && !isLeast) return usual;
    return usual + (mean - usual) * (isLeast ? LEAST_SHARE : LONG_SHARE);
  };
  const adapt = (): void => {
    const mean = window.sum / window.calls;
    usual = usual === 0 ? mean : learn(mean);
    if (usual > 2 * mean) usual *= 0.95; // it was learnt in bad times
    // who asks for little says nothing about how much is possible
    if (window.busiest * 2 >= limit) {
      const gradient = Math.max(0.5, Math.min(1, (TOLERANCE * usual) / mean));
      limit += (limit * gradient + headroom(limit) - limit) * SMOOTHING;
      limit = Math.max(least, Math.min(most, limit));
    }
  };
  const note = (tookMs: number): void => {
    window.calls += 1;
    window.sum += tookMs;
    window.busiest = Math.max(window.busiest, inFlight);
    if (window.calls < WINDOW.calls || now() - window.since < WINDOW.ms) return;
    adapt();
    window = { since: now(), calls: 0, sum: 0, busiest: 0, refused: 0 };
  };
  return {
    enter(): ((outcome: 'answered' | 'overloaded' | 'unknown') => void) | undefined {
      if (inFlight >= Math.floor(limit)) {
        window.refused += 1;
        return undefined;
      }
      inFlight += 1;
      const entered = now();
      return (outcome) => {
        if (outcome === 'answered') note(now() - entered);
        if (outcome === 'overloaded') limit = Math.max(least, limit * 0.98);
        inFlight -= 1;
      };
    },
    current: () => Math.floor(limit),
  };
}
