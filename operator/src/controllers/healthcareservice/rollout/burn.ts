import { milliseconds } from '../../../api/duration.ts';
import type { HealthcareServiceSpec } from '../../../api/healthcareservice.ts';

/** Requests that a revision's pods answered in one window, estimated from samples, so not whole numbers. */
export interface Traffic {
  /** Answers by status code. */
  byStatus: ReadonlyMap<string, number>;
  /** Answers that took at most so many seconds: cumulative, as a Prometheus histogram. */
  within: ReadonlyMap<number, number>;
}

/** Traffic of a new revision in a long window and at its end, and of the former one in an equally long window before. */
export interface Windows {
  long: Traffic;
  short: Traffic;
  before: Traffic;
}

/** Of the windows of the traffic, in minutes. */
export const WINDOW_MINUTES = { long: 5, short: 1 } as const;

/** Times the error budget, in a long and a short window (Google SRE Workbook, chapter 5, table 5-8). */
const ERROR_BURN = 14.4;

/** Of a p95, 5 % may be slower: six times that is every third request. */
const SLOW_BUDGET = 0.05;
const SLOW_BURN = 6;

/** How many times as bad as the former revision one must be: where both are bad, going back helps nobody. */
const WORSE = 2;

/** Below this no ratio means anything: one failed request at night is no evidence. */
const FLOOR = { requests: 50, bad: 5 };

/** How a revision burns `spec.slo`; `undefined` when it does not, is not much worse than before, or has too little traffic. Pure. */
export function burnOf(slo: HealthcareServiceSpec['slo'], windows: Windows): string | undefined {
  const { availability, latencyP95 } = slo ?? {};
  if (availability !== undefined) {
    const limit = Math.min(1, ERROR_BURN * (1 - availability / 100));
    if (exceeds(limit, windows, errorsIn))
      return `answers ${percent(errorsIn(windows.long))} of its requests with an error, ${String(availability)} % are to succeed`;
  }
  if (latencyP95 !== undefined) {
    const target = milliseconds(latencyP95) / 1000;
    const slow = (traffic: Traffic): Share => slowIn(traffic, target);
    if (exceeds(SLOW_BURN * SLOW_BUDGET, windows, slow))
      return `answers ${percent(slow(windows.long))} of its requests later than ${latencyP95}, at most 5 % may be`;
  }
  return undefined;
}

interface Share {
  bad: number;
  all: number;
}

function exceeds(limit: number, windows: Windows, shareOf: (traffic: Traffic) => Share): boolean {
  const long = shareOf(windows.long);
  const short = shareOf(windows.short);
  const before = shareOf(windows.before);
  const due = Math.max(limit, before.all >= FLOOR.requests ? (WORSE * before.bad) / before.all : 0);
  const isEnough = long.all >= FLOOR.requests && long.bad >= FLOOR.bad;
  return isEnough && long.bad >= due * long.all && short.bad > 0 && short.bad >= due * short.all;
}

function errorsIn({ byStatus }: Traffic): Share {
  const bad = sum([...byStatus].filter(([status]) => status.startsWith('5')).map(([, count]) => count));
  return { bad, all: sum([...byStatus.values()]) };
}

/** Those in the bucket of the target are taken for fast: in doubt for the revision. */
function slowIn({ byStatus, within }: Traffic, target: number): Share {
  const all = sum([...byStatus.values()]);
  const above = [...within].filter(([bound]) => bound >= target).sort(([a], [b]) => a - b);
  const fast = above[0]?.[1] ?? all;
  return { bad: all - fast, all };
}

/** In steps of ten: the condition is not rewritten for each request. */
function percent({ bad, all }: Share): string {
  const share = (100 * bad) / all;
  return share < 10 ? `${String(Math.ceil(share))} %` : `about ${String(Math.round(share / 10) * 10)} %`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
