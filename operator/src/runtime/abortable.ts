/**
 * Does the work unless the signal is aborted. When it is aborted meanwhile, `stop` has to end what is under way, such as by closing
 * its connection, and nobody waits for it. Without a signal nothing stops it.
 * @throws what the work throws, or the signal's reason
 */
export async function abortable<T>(
  signal: AbortSignal | undefined,
  stop: () => void,
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => {
    stop();
    reject(signal?.reason as Error);
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
