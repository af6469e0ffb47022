/** What was seen of the calls that came in under one limit. */
export interface Seen {
  /** How long they took on average, in milliseconds, and the standard error of that. */
  readonly meanMs: number;
  readonly errorMs: number;
  /** Whether callers were refused: only then the limit says how many were under way. */
  readonly isPressed: boolean;
}

/** Looks for the most calls under way that do not wait for each other at the service. */
export interface LimitSearch {
  /** Calls under way at once. */
  limit(): number;
  /** Whether the limit is one that is being tried. */
  isTrying(): boolean;
  /** Learns from a window, and chooses the limit of the next one. */
  learn(seen: Seen): void;
  /** The service says itself that it is too much. */
  shrink(): void;
}

export interface SearchOptions {
  readonly initial: number;
  readonly least: number;
  readonly most: number;
}

/** So much longer than by themselves calls may take before they count as waiting: p95 has 1.15. */
const TOLERANCE = 1.02;
/** A step up, which doubles with each one that does no harm. */
const STEP = 0.1;
/** A step by so much is told apart from chance by what it does to the time. */
const COARSE = 1.15;
/** Windows between two tries of more: four times as many after each that was too much. Fewer than one call of twenty sees one. */
const TRY_MORE = { first: 1, factor: 4, most: 32 } as const;
/** Windows between two looks at what a call takes by itself, at so much of the limit. */
const LOOK = { every: 24, share: 0.8 } as const;
/** In standard errors. */
const SURE = 1.5;
/** Windows in which calls took too long before less is tried: one may be a pause of ours. */
const LATE_WINDOWS = 2;
/** Shares of a new figure in what is known: of one that was tried, and of calm times, in which calls may wait in bursts. */
const QUICKLY = 0.5;
const CALM = { shorter: 0.1, longer: 0.005 } as const;

interface Tried {
  readonly what: 'more' | 'less' | 'alone';
  readonly from: number;
  readonly meanMs: number;
  readonly errorMs: number;
}

/**
 * Where calls wait for each other, fewer of them take less time each (Little's law: their number is the rate times the time); where
 * they do not, they take as long as before. So the search tries less when calls take longer than by themselves, and asks whether that
 * helped: if it did not, the service has become slower, and nobody waited. It tries more once in a while, briefly. After the probes of
 * BBR and Envoy's adaptive concurrency, and the gradient of Netflix' concurrency-limits.
 */
export function createLimitSearch({ initial, least, most }: SearchOptions): LimitSearch {
  let limit = initial;
  /** What a call takes by itself; unknown at first. */
  let alone: number | undefined;
  let tried: Tried | undefined;
  let [windows, late, step] = [0, 0, STEP];
  let tryMoreAfter: number = TRY_MORE.first;

  const set = (next: number): void => {
    limit = Math.max(least, Math.min(most, next));
  };
  const isLate = ({ meanMs, errorMs }: Seen): boolean =>
    alone === undefined || meanMs > alone * TOLERANCE + SURE * errorMs;
  const approach = (meanMs: number, share: number): void => {
    alone = alone === undefined ? meanMs : alone + (meanMs - alone) * share;
  };
  const tryLess = ({ meanMs, errorMs }: Seen): void => {
    tried = { what: 'less', from: limit, meanMs, errorMs };
    const share = alone === undefined ? 0.5 : Math.min(0.9, alone / meanMs);
    set(Math.floor(limit * share));
  };
  const tryMore = ({ meanMs, errorMs }: Seen): void => {
    tried = { what: 'more', from: limit, meanMs, errorMs };
    windows = 0;
    set(limit + Math.max(1, Math.floor(limit * step)));
  };
  const hold = (seen: Seen): void => {
    windows += 1;
    late = isLate(seen) ? late + 1 : 0;
    if (late >= LATE_WINDOWS) {
      late = 0;
      tryLess(seen);
      return;
    }
    if (alone === undefined || late > 0) return;
    if (seen.meanMs < alone - 2 * SURE * seen.errorMs) approach(seen.meanMs, QUICKLY); // it has become faster
    if (windows >= tryMoreAfter) tryMore(seen);
    else if (windows % LOOK.every === 0) {
      const { meanMs, errorMs } = seen;
      tried = { what: 'alone', from: limit, meanMs, errorMs };
      set(Math.floor(limit * LOOK.share));
    }
  };
  const judgeMore = (seen: Seen, { from, meanMs }: Tried): void => {
    // A large step shows by itself whether calls wait: they take so much longer, whatever is known of them alone.
    const isCoarse = limit >= from * COARSE;
    const waits = seen.meanMs / meanMs - 1 >= (limit / from - 1) / 2;
    if (isLate(seen) && (!isCoarse || waits)) {
      set(from);
      step = STEP;
      tryMoreAfter = Math.min(TRY_MORE.most, tryMoreAfter * TRY_MORE.factor);
    } else {
      step = Math.min(1, step * 2);
      tryMoreAfter = TRY_MORE.first;
      tryMore(seen);
    }
  };
  const judgeLess = (seen: Seen, { what, from, meanMs, errorMs }: Tried): void => {
    const hasHelped = limit < from && 1 - seen.meanMs / meanMs >= (1 - limit / from) / 2;
    // Little's law: so many are under way when calls take as long as now, at the rate of before; as far as that is certain.
    const fitting = Math.floor((from * (seen.meanMs + seen.errorMs)) / (meanMs - errorMs));
    if (!hasHelped) approach(seen.meanMs, what === 'less' ? 1 : QUICKLY);
    else if (what === 'alone')
      alone = undefined; // they waited for each other all the time
    else if (isLate(seen) && limit > least) {
      tryLess(seen);
      return;
    }
    set(Math.max(limit, Math.min(from, fitting)));
  };
  return {
    limit: () => limit,
    isTrying: () => tried !== undefined,
    learn(seen): void {
      if (seen.isPressed) {
        const last = tried;
        tried = undefined;
        if (!last) hold(seen);
        else if (last.what === 'more') judgeMore(seen, last);
        else judgeLess(seen, last);
        return;
      }
      if (tried) set(tried.from);
      [tried, windows, late, step, tryMoreAfter] = [undefined, 0, 0, STEP, TRY_MORE.first];
      const { meanMs } = seen;
      approach(meanMs, meanMs < (alone ?? Infinity) ? CALM.shorter : CALM.longer);
    },
    shrink(): void {
      set(limit * 0.98);
    },
  };
}
