import { backoffMs, pause } from './backoff.ts';
import type { Backoff } from './backoff.ts';

export interface KeepDoing {
  /** Ends it: between two rounds, or when the round that is under way has ended. */
  readonly signal: AbortSignal;
  /** Between two rounds, in milliseconds. */
  readonly everyMs: number;
  /** Between a round that failed and the next one. Default: as between others. */
  readonly backoff?: Backoff;
  /** Hears of a round that failed, and how many before it failed in a row; not of one that the end has cut off. */
  readonly onError: (error: unknown, failures: number) => void;
}

/** Does something again and again, for as long as a service runs. A round that fails is told, and done again. */
export async function keepDoing(
  round: () => Promise<void>,
  { signal, everyMs, backoff, onError }: KeepDoing,
): Promise<void> {
  const hasEnded = (): boolean => signal.aborted;
  for (let failures = 0; !hasEnded();) {
    let waitMs = everyMs;
    try {
      await round();
      failures = 0;
    } catch (error) {
      if (hasEnded()) return;
      onError(error, failures);
      if (backoff) waitMs = backoffMs(failures, backoff);
      failures += 1;
    }
    await pause(waitMs, signal);
  }
}
