import { pause } from './backoff.ts';

/** Lets one who sleeps between two looks be woken. */
export interface Wake {
  /** Wakes who sleeps; while nobody does, the next sleep ends at once: what it rang for may have come after the look. */
  ring(): void;
  /** Sleeps until it is rung, `ms` have passed or the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export function createWake(): Wake {
  let rung = new AbortController();
  return {
    ring(): void {
      rung.abort();
    },
    async sleep(ms, signal): Promise<void> {
      await pause(ms, AbortSignal.any([signal, rung.signal]));
      rung = new AbortController();
    },
  };
}
