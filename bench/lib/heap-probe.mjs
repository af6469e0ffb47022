/**
 * Preloaded into an operator (`--expose-gc --import`): answers every message with the heap that is left after a collection.
 * Plain JavaScript, since Node's type stripping alone takes tens of MiB, which would be measured.
 */
process.on('message', () => {
  globalThis.gc?.();
  // Twice: what the first one finalizes is free only afterwards.
  setTimeout(() => {
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ heapUsed, external, rss });
  }, 200).unref();
});
// The channel must not keep a finished operator alive.
process.channel?.unref();
