import { tilePath } from '@careplane/tlog';
import type { ReadTile } from '@careplane/tlog';
import { request } from 'undici';
import { WHOLE_LOG } from '../../../api/audit-log.ts';

/** A log as a pod of its service publishes it at the admin port. Nothing of it is to be trusted. */
export interface PublishedLog {
  /** @throws when no answer comes */
  checkpoint(): Promise<string>;
  /** Verifier keys, one a line. */
  verifierKeys(): Promise<string>;
  /** @throws TileMissing beyond the edge of the log */
  readonly readTile: ReadTile;
}

/** The log has no such tile: it is not that large. */
export class TileMissing extends Error {
  override readonly name = 'TileMissing';
}

const TIMEOUT_MS = 3_000;
/** More than a tile or a checkpoint with all its signatures has. */
const MOST_BYTES = 64 * 1024;
const NOT_FOUND = 404;

/** The log at this address: `http://10.0.0.1:9090`. */
export function publishedLog(base: string, signal: AbortSignal): PublishedLog {
  const get = async (path: string): Promise<Buffer> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const { statusCode, body } = await request(`${base}${WHOLE_LOG}/${path}`, { signal: limit });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MOST_BYTES) throw new Error(`${path} of the log is longer than any such file`);
      chunks.push(chunk);
    }
    if (statusCode === NOT_FOUND) throw new TileMissing(`the log has no ${path}`);
    if (statusCode !== 200) throw new Error(`the log answers ${statusCode}`);
    return Buffer.concat(chunks);
  };
  return {
    checkpoint: async () => (await get('checkpoint')).toString(),
    verifierKeys: async () => (await get('vkeys')).toString(),
    readTile: (tile) => get(tilePath(tile)),
  };
}
