import { describeError, pause, registerCount } from '@careplane/kit';
import type { Mongo, ServiceContext } from '@careplane/kit';
import type { BlobStore } from './blob-store.ts';
import { countGridFs } from './grid-fs.ts';
import { moveBlobs } from './move-blobs.ts';
import { mayMove } from './notes.ts';

type Context = Pick<ServiceContext, 'instance' | 'lifecycle' | 'logger' | 'metrics'>;

export interface KeepMovingOptions {
  readonly mongo: Mongo;
  readonly from: BlobStore;
  readonly to: BlobStore;
  readonly everyMs: number;
  /** How old a blob is that is moved: longer than any request takes. In milliseconds. */
  readonly graceMs: number;
}

/** How long a replica that says nothing keeps the others from moving: longer than one blob takes. */
const LEASE_MS = 300_000;
const SHOWN = 20;

/** Moves blobs out of GridFS for as long as the service runs: one replica at a time, what is newly found every `everyMs`. */
export async function keepMoving(ctx: Context, options: KeepMovingOptions): Promise<void> {
  const { instance: holder, lifecycle, logger } = ctx;
  const { mongo, from, to, everyMs, graceMs } = options;
  const { signal } = lifecycle;
  registerCount(ctx, {
    name: 'careplane_contents_to_move',
    help: 'Blobs of contents in GridFS, from where they are moved to the object store.',
    count: () => countGridFs(mongo),
  });
  const mayGoOn = (): Promise<boolean> => mayMove(mongo, { holder, forMs: LEASE_MS });
  while (!signal.aborted) {
    try {
      const before = new Date(Date.now() - graceMs);
      const { blobs, bytes, differing } = await moveBlobs({ from, to, signal, before, mayGoOn });
      if (blobs > 0) logger.info('contents: moved to the object store', { blobs, bytes });
      if (differing.length > 0)
        logger.error('contents: differ in the object store', { names: differing.slice(0, SHOWN) });
    } catch (error) {
      logger.warn('contents: not moved yet', describeError(error));
    }
    await pause(everyMs, signal);
  }
}
