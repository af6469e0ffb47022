/**
 * Preloaded into an operator (`--expose-gc --import`): answers every message with the heap size after a collection. It
 * is plain JavaScript, because Node's type stripping takes tens of MiB, which would be measured.
 */
process.on('message', () => {
  globalThis.gc?.();
  // The first collection finalizes objects, the second frees them.
  setTimeout(() => {
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ heapUsed, external, rss });
  }, 200).unref();
});
// The channel must not keep a finished operator alive.
process.channel?.unref();
