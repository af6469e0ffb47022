/**
 * Parts of an answer, of which the first one is there: what is refused before it is still answered as a problem, and not by breaking
 * the answer off.
 */
export async function begun<T>(parts: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = parts[Symbol.asyncIterator]();
  return after(await iterator.next(), iterator);
}

async function* after<T>(first: IteratorResult<T>, parts: AsyncIterator<T>): AsyncGenerator<T> {
  try {
    for (let next = first; next.done !== true; next = await parts.next()) yield next.value;
  } finally {
    await parts.return?.();
  }
}
