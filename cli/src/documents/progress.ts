import type { Terminal } from '../terminal.ts';

/** What is done sooner needs no progress. */
const QUIET_MS = 1_000;
const EVERY_MS = 200;

/** Passes bytes on, and tells a person how far it is. @param size of all, in bytes, where it is known */
export function progress(
  terminal: Terminal,
  size: number | undefined,
): TransformStream<Uint8Array, Uint8Array> {
  const started = performance.now();
  let bytes = 0;
  let told = started + QUIET_MS - EVERY_MS;
  let isShown = false;
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller): void {
      controller.enqueue(chunk);
      bytes += chunk.length;
      const now = performance.now();
      if (!terminal.bytes.isErrorScreen || now < told + EVERY_MS) return;
      told = now;
      isShown = true;
      terminal.err(`\r${progressLine(bytes, size, now - started)} `);
    },
    flush(): void {
      if (isShown) terminal.err(`\r${progressLine(bytes, bytes, performance.now() - started)} \n`);
    },
  });
}

/** As `45 %, 310 MB of 688 MB, 290 MB/s`. */
export function progressLine(bytes: number, size: number | undefined, ms: number): string {
  const mb = (count: number): string => `${(count / 1e6).toFixed(0)} MB`;
  const share = size === undefined ? [] : [`${Math.floor((100 * bytes) / Math.max(size, 1)).toFixed(0)} %`];
  const done = size === undefined ? mb(bytes) : `${mb(bytes)} of ${mb(size)}`;
  return [...share, done, `${mb((bytes * 1000) / Math.max(ms, 1))}/s`].join(', ');
}
