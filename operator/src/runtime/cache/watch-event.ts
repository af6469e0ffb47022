import { ApiError } from '../errors.ts';
import type { KubeObject } from '../kube.ts';

/** One event of a watch. `ERROR` never gets here: it is thrown. */
export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: KubeObject;
}

/** Parses one line of a watch. Throws for `ERROR` events (ApiError) and for other text: skipping it would lose an object. */
export function parseWatchEvent(line: string, path: string): WatchEvent {
  return checkWatchEvent(JSON.parse(line), path);
}

/** As {@link parseWatchEvent}, of what is parsed already. */
export function checkWatchEvent(parsed: unknown, path: string): WatchEvent {
  const event = parsed as { type?: unknown; object?: unknown } | null;
  const type = event?.type;
  const object = event?.object;
  if (typeof object !== 'object' || object === null)
    throw new Error(`${path}: a watch event without an object`);
  if (type === 'ERROR') throw errorOf(object, path);
  if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK')
    return { type, object: object as KubeObject };
  throw new Error(`${path}: a watch event of unknown type ${JSON.stringify(type)}`);
}

function errorOf(status: { code?: unknown; reason?: unknown; message?: unknown }, path: string): ApiError {
  return new ApiError({
    status: typeof status.code === 'number' ? status.code : 500,
    reason: typeof status.reason === 'string' ? status.reason : 'Unknown',
    message: typeof status.message === 'string' ? status.message : 'the watch failed',
    path,
  });
}
