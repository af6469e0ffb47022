import { asProblem } from '@careplane/kit';

/** A store that log-in needs does not answer: 503, and the client may try again. oidc-provider reads `statusCode`. */
export class StorageAway extends Error {
  override readonly name = 'StorageAway';
  readonly statusCode = 503;
  readonly status = 503;
  readonly expose = false;
}

/** Runs database work of a protocol endpoint. @throws StorageAway when no server answers */
export async function onDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asProblem(error).status === 503
      ? new StorageAway('the database does not answer', { cause: error })
      : error;
  }
}

/** Runs cache work of a protocol endpoint. @throws StorageAway for whatever goes wrong there */
export async function onCache<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StorageAway('the cache does not answer', { cause: error });
  }
}
