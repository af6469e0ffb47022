import type { Demand } from './demand.ts';

export interface Situation {
  /** Replicas decided last. */
  current: number;
  min: number;
  max: number;
  demand: Demand;
  /** The highest demand of the stabilization window; `undefined` while it has not been watched for that long. */
  highestInWindow: number | undefined;
}

/** The replicas to have: up at once; down to the highest demand of the window, and not while a metric is missing. Pure. */
export function decide({ current, min, max, demand, highestInWindow }: Situation): number {
  return Math.min(Math.max(unbounded(current, demand, highestInWindow), min), max);
}

function unbounded(current: number, demand: Demand, highestInWindow: number | undefined): number {
  const { replicas, unavailable } = demand;
  if (replicas === undefined) return current;
  if (replicas >= current) return replicas;
  if (unavailable.length > 0 || highestInWindow === undefined) return current;
  return Math.min(current, highestInWindow);
}
