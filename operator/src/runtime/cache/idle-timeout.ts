import type { Clock } from '../clock.ts';

/** Why an attempt was given up. */
export class IdleTimeout extends Error {
  constructor(limitMs: number) {
    super(`nothing was heard for ${limitMs} ms`);
    this.name = 'IdleTimeout';
  }
}

export interface Hearing {
  clock: Clock;
  limitMs: number;
  /** Milliseconds since something was last heard. */
  silenceMs(): number;
}

/** Runs the attempt, and aborts it when nothing was heard for too long. Throws the reason of the abort. */
export async function withIdleTimeout(
  hearing: Hearing,
  attempt: AbortController,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { clock, limitMs } = hearing;
  const startedAt = clock.monotonic();
  const check = (): void => {
    const quietMs = Math.min(hearing.silenceMs(), clock.monotonic() - startedAt);
    if (quietMs >= limitMs) attempt.abort(new IdleTimeout(limitMs));
    else cancel = clock.after(limitMs - quietMs, check);
  };
  let cancel = clock.after(limitMs, check);
  try {
    await run(attempt.signal);
  } catch (error) {
    // The connection's own error says only that it was aborted.
    throw attempt.signal.aborted ? attempt.signal.reason : error;
  } finally {
    cancel();
  }
}
