import { readFile } from 'node:fs/promises';

/** What an earlier run has written to the JSON beside its page: what is not measured again stays on the page. Empty when there is none. */
export async function resultOfBefore<T>(path: string): Promise<Partial<T>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Partial<T>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/** Both lists by the key; what was measured now replaces what was measured before. */
export function joined<T>(before: readonly T[], now: readonly T[], key: (one: T) => string | number): T[] {
  return [...new Map([...before, ...now].map((one) => [key(one), one])).values()];
}
