/**
 * A budget that keeps retries a small share of the traffic, so that they cannot become the outage (a token bucket of
 * ratio and reserve, as in Finagle's RetryBudget).
 */
export interface RetryBudget {
  /** Counts a first attempt: deposits its share. */
  deposit(): void;
  /** Takes one retry out of the budget; false when it is spent. */
  withdraw(): boolean;
}

export interface RetryBudgetOptions {
  /** Retries allowed per first attempt, e.g. 0.1. */
  readonly ratio: number;
  /** Retries allowed at rest, and the most that accumulate. */
  readonly reserve: number;
}

/** A budget with its reserve full. */
export function createRetryBudget(options: RetryBudgetOptions): RetryBudget {
  let balance = options.reserve;
  return {
    deposit(): void {
      balance = Math.min(options.reserve, balance + options.ratio);
    },
    withdraw(): boolean {
      if (balance < 1) return false;
      balance -= 1;
      return true;
    },
  };
}
