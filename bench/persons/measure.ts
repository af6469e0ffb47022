import { percentile } from '../write-gap/report.ts';

/** Milliseconds of a kind of work that was done many times. */
export interface Measured {
  readonly what: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
}

const AT_ONCE = 16;

/** Does the work so many times, sixteen at once. */
export async function measure(
  what: string,
  times: number,
  work: (at: number) => Promise<unknown>,
): Promise<Measured> {
  const took: number[] = [];
  let next = 0;
  const began = performance.now();
  const worker = async (): Promise<void> => {
    for (let at = next++; at < times; at = next++) {
      const start = performance.now();
      await work(at);
      took.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const perSecond = times / ((performance.now() - began) / 1000);
  return { what, perSecond, p50: percentile(took, 0.5), p95: percentile(took, 0.95) };
}
