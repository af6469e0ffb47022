import { readFile } from 'node:fs/promises';

/** Reads the JSON of an earlier run: parts that are not measured again stay on the page. Empty when there is none. */
export async function resultOfBefore<T>(path: string): Promise<Partial<T>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Partial<T>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/** Merges both lists by key; new measurements replace old ones. */
export function joined<T>(before: readonly T[], now: readonly T[], key: (one: T) => string | number): T[] {
  return [...new Map([...before, ...now].map((one) => [key(one), one])).values()];
}
