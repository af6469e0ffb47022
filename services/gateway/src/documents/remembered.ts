/** After a failure the source is left alone for this share of the time for which an answer is used. */
const AFTER_FAILURE = 0.2;

/** Reads a remembered value. `isEnough`: whether an old value will do; by default it does. */
export type Remembered<T> = (isEnough?: (old: T) => boolean) => Promise<T>;

/**
 * A value that is asked for again when it is older than `freshMs`, by one caller for all; meanwhile the old one is used, so that
 * nobody waits for a slow source. When that fails the last one stays.
 * @returns a reader that throws what the source throws when there never was a value
 */
export function remembered<T>(
  freshMs: number,
  read: (last: T | undefined) => Promise<T>,
  now: () => number = Date.now,
): Remembered<T> {
  let known: { readonly value: T } | undefined;
  let until = -Infinity;
  let reading: Promise<T> | undefined;
  const again = async (): Promise<T> => {
    try {
      known = { value: await read(known?.value) };
      until = now() + freshMs;
      return known.value;
    } catch (error) {
      until = now() + freshMs * AFTER_FAILURE;
      if (known) return known.value;
      throw error;
    } finally {
      reading = undefined;
    }
  };
  return async (isEnough = (): boolean => true) => {
    if (known && now() < until) return known.value;
    reading ??= again();
    return known && isEnough(known.value) ? known.value : reading; // with a known value reading never rejects
  };
}
