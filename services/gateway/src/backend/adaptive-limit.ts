import { createFairShare } from './fair-share.ts';
import { createLimitSearch } from './limit-search.ts';
import type { SearchOptions, Seen } from './limit-search.ts';

/** How many calls may be under way at once, by how long they take. */
export interface AdaptiveLimit {
  /** Takes a place for a caller; undefined when there is none. Give it back with what became of the call: overload makes the limit smaller. */
  enter(caller: string): ((outcome: Outcome) => void) | undefined;
  current(): number;
}

export type Outcome = 'answered' | 'overloaded' | 'unknown';

/** A window is over after so long and so many calls, once their mean is known to a few percent. */
const WINDOW = { ms: 100, calls: 20, enough: 120, error: 0.04 } as const;
/** Callers who were refused, of those who came: a limit that refuses fewer is not what decides how many are under way. */
const PRESSED = 0.05;
/** A burst may wait behind the limit: as many calls as the service answers in so many seconds. */
const BURST_S = 0.5;
/** Less than all that the service can do, so that what never ends is no burst. */
const BURST_REFILL = 0.97;

interface Window {
  readonly since: number;
  /** Calls that came in from here on saw the limit of this window, and nothing of the one before. */
  readonly from: number;
  calls: number;
  sum: number;
  squares: number;
  answered: number;
  entered: number;
  refused: number;
}

/**
 * Lets in as many calls as the service works on at once, and refuses those that would only wait there. A burst may wait, paid from a
 * credit that fills up while less is asked for than the service can do (as CoDel lets a queue pass that does not stay). Callers share the
 * places: see `createFairShare`.
 */
export function createAdaptiveLimit(
  options: SearchOptions,
  now: () => number = () => performance.now(),
): AdaptiveLimit {
  const search = createLimitSearch(options);
  const share = createFairShare();
  const credit = createCredit(now);
  let inFlight = 0;
  let window = openWindow(now(), 0);

  const close = (): void => {
    const before = places();
    const seen = summary(window);
    credit.answeredPerMs(window.answered / (now() - window.since), seen.isPressed);
    share.windowOver(places());
    search.learn(seen);
    window = openWindow(now(), places() === before ? 0 : seen.meanMs);
  };
  const places = (): number => Math.floor(search.limit());
  const note = (entered: number): void => {
    window.answered += 1;
    if (entered >= window.from) count(window, now() - entered);
    if (isOver(window, now())) close();
  };
  const hasPlace = (caller: string): boolean => {
    if (inFlight < places()) return share.lets(caller, places());
    if (!search.isTrying() && inFlight < options.most && credit.isThere()) return true;
    share.refused(caller, places());
    return false;
  };
  return {
    enter(caller): ((outcome: Outcome) => void) | undefined {
      window.entered += 1;
      credit.spend();
      if (!hasPlace(caller)) {
        window.refused += 1;
        return undefined;
      }
      inFlight += 1;
      share.entered(caller);
      const entered = now();
      return (outcome) => {
        inFlight -= 1;
        share.left(caller);
        if (outcome === 'answered') note(entered);
        if (outcome === 'overloaded') search.shrink();
      };
    },
    current: places,
  };
}

function openWindow(since: number, settleMs: number): Window {
  const from = since + settleMs;
  return { since, from, calls: 0, sum: 0, squares: 0, answered: 0, entered: 0, refused: 0 };
}

function count(window: Window, tookMs: number): void {
  window.calls += 1;
  window.sum += tookMs;
  window.squares += tookMs * tookMs;
}

function isOver(window: Window, at: number): boolean {
  if (window.calls < WINDOW.calls || at - window.from < WINDOW.ms) return false;
  const { meanMs, errorMs } = summary(window);
  return window.calls >= WINDOW.enough || errorMs <= meanMs * WINDOW.error;
}

function summary({ calls, sum, squares, entered, refused }: Window): Seen {
  const meanMs = sum / calls;
  const variance = Math.max(0, squares / calls - meanMs * meanMs);
  return {
    meanMs,
    errorMs: Math.sqrt(variance / calls),
    isPressed: refused >= entered * PRESSED && refused > 0,
  };
}

interface Credit {
  isThere(): boolean;
  /** Also by callers who are refused: they ask for more than there is. */
  spend(): void;
  /** `isAll`: more could not have been answered. */
  answeredPerMs(rate: number, isAll: boolean): void;
}

/** A token bucket that fills at the rate at which the service can answer. */
function createCredit(now: () => number): Credit {
  let [perMs, tokens, at] = [0, 0, now()];
  const fill = (): void => {
    tokens = Math.min(perMs * 1_000 * BURST_S, tokens + perMs * BURST_REFILL * (now() - at));
    at = now();
  };
  return {
    isThere(): boolean {
      fill();
      return tokens >= 1;
    },
    spend(): void {
      fill();
      tokens = Math.max(0, tokens - 1);
    },
    answeredPerMs(rate, isAll): void {
      fill();
      perMs = isAll ? rate : Math.max(perMs, rate);
    },
  };
}
