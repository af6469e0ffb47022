import type { Terminal } from '../terminal.ts';

/** How often the progress is shown, in milliseconds. */
const PROGRESS_MS = 500;

export interface Shown {
  readonly show: (count: number, size: number) => void;
  readonly clear: () => void;
}

/** One line that is written over, on a screen only. @param done what is done, as `entries verified` */
export function progressOn(terminal: Terminal, done: string): Shown {
  let shownAt = 0;
  return {
    show(count, size) {
      if (!terminal.bytes.isErrorScreen || performance.now() - shownAt < PROGRESS_MS) return;
      shownAt = performance.now();
      terminal.err(`\r${count} of ${size} ${done}`);
    },
    clear() {
      if (shownAt > 0) terminal.err('\r\u001b[K');
    },
  };
}
