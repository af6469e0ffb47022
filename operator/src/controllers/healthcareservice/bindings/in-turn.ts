/**
 * Runs one work at a time, in the order of the calls, whether or not those before it failed: what reads that something is absent and
 * then makes it must not be doing so twice at once.
 */
export function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine;
    return mine;
  };
}
