import { asProblem, Unavailable } from '@careplane/kit';
import type { Cache } from '@careplane/kit';

type ChainableCommander = ReturnType<Cache['client']['pipeline']>;

/** A store that log-in needs does not answer: 503, and the client may try again. oidc-provider reads `statusCode` and `expose`. */
export class StorageAway extends Unavailable {
  readonly statusCode = 503;
  readonly expose = false;

  constructor(cause: unknown) {
    super(1, { cause });
  }
}

/** Runs database work of a protocol endpoint. @throws StorageAway when no server answers */
export async function onDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asProblem(error).status === 503 ? new StorageAway(error) : error;
  }
}

/** Runs cache work of a protocol endpoint. @throws StorageAway for whatever goes wrong there */
export async function onCache<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StorageAway(error);
  }
}

/** Runs cache commands that are sent together. @throws StorageAway when one of them goes wrong */
export function onCacheTogether(commands: ChainableCommander): Promise<void> {
  return onCache(async () => {
    const results = (await commands.exec()) ?? [];
    for (const [error] of results) if (error) throw error;
  });
}
