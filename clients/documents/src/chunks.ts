export interface Chunking {
  /** Before the first byte. */
  readonly start?: (enqueue: (output: Uint8Array) => void) => Promise<void>;
  /** Takes what comes before the first chunk off an input, and gives back the rest of it. */
  readonly take?: (input: Uint8Array) => Promise<Uint8Array>;
  /** Must be done with the memory of `chunk` when it returns, though its promise may come later. */
  readonly work: (chunk: Uint8Array, index: number, isLast: boolean) => Uint8Array | Promise<Uint8Array>;
}

/** Under way at a time where work is asynchronous: hides the way to the browser's own thread and back. */
const AT_ONCE = 8;

/** Cuts a stream into chunks of this size and gives on what becomes of them, in order. The last chunk is known as such, and shorter, or empty when it is the only one. */
export function inChunks(
  size: number,
  { start, take, work }: Chunking,
): TransformStream<Uint8Array, Uint8Array> {
  type Controller = TransformStreamDefaultController<Uint8Array>;
  const underWay: Promise<Uint8Array>[] = [];
  const held = new Uint8Array(size);
  let used = 0;
  let index = 0;

  const submit = async (chunk: Uint8Array, isLast: boolean, controller: Controller): Promise<void> => {
    const result = (async (): Promise<Uint8Array> => work(chunk, index++, isLast))();
    // It is awaited in its turn; until then Node would take a rejection for one that nobody handles.
    result.catch(() => undefined);
    underWay.push(result);
    await release(AT_ONCE - 1, controller);
  };
  const release = async (kept: number, controller: Controller): Promise<void> => {
    while (underWay.length > kept) controller.enqueue(await (underWay.shift() as Promise<Uint8Array>));
  };

  return new TransformStream<Uint8Array, Uint8Array>({
    start: (controller) =>
      start?.((output) => {
        controller.enqueue(output);
      }),
    async transform(input, controller): Promise<void> {
      let rest = take === undefined ? input : await take(input);
      // A full chunk is submitted once more has come: it may be the last one.
      while (rest.length > 0) {
        if (used === size) {
          await submit(held, false, controller);
          used = 0;
        }
        if (used === 0 && rest.length > size) {
          await submit(rest.subarray(0, size), false, controller);
          rest = rest.subarray(size);
          continue;
        }
        const part = rest.subarray(0, size - used);
        held.set(part, used);
        used += part.length;
        rest = rest.subarray(part.length);
      }
    },
    async flush(controller): Promise<void> {
      await submit(held.subarray(0, used), true, controller);
      await release(0, controller);
    },
  });
}
