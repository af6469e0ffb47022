/**
 * Reads the items in order, some of them before they are asked for: whoever works on one does not wait for the disk.
 * @param ahead how many are read, or waited for, at a time
 */
export async function* readAhead<Item, Result>(
  items: Iterable<Item>,
  read: (item: Item) => Promise<Result>,
  ahead: number,
): AsyncGenerator<Result> {
  const rest = items[Symbol.iterator]();
  const reading: Promise<Result>[] = [];
  const begin = (): void => {
    const next = rest.next();
    if (next.done === true) return;
    const promise = read(next.value);
    promise.catch(() => undefined); // it is told when its turn comes; after an earlier failure nobody asks
    reading.push(promise);
  };
  for (let count = 0; count < ahead; count += 1) begin();
  for (;;) {
    const next = reading.shift();
    if (next === undefined) return;
    yield await next;
    begin();
  }
}
