import { describeError, keepDoing } from '@careplane/kit';
import type { DataKeys, Mongo, ServiceContext } from '@careplane/kit';
import { Gauge } from 'prom-client';
import type { BlobStore } from '../blobs/blob-store.ts';
import { DOCUMENTS_KEY, keepCollecting, rewrapContents } from '../content/index.ts';

export interface UpkeepParts {
  readonly mongo: Mongo;
  readonly blobs: BlobStore;
  readonly keys: DataKeys;
  readonly everyMs: number;
  /** How old a blob is that no content has, before it is removed, in milliseconds. */
  readonly graceMs: number;
}

type Context = Pick<ServiceContext, 'lifecycle' | 'logger' | 'metrics'>;

/** Collects what nothing refers to, and brings contents under the newest keys of their patients, for as long as the service runs. */
export function keepContents(ctx: Context, { mongo, blobs, keys, everyMs, graceMs }: UpkeepParts): void {
  const { lifecycle, logger } = ctx;
  const { signal } = lifecycle;
  void keepCollecting({
    ...{ mongo, blobs, signal, everyMs, graceMs },
    onCollected: ({ contents, blobs: orphans }) => {
      if (contents + orphans > 0) logger.info('contents: collected', { contents, blobs: orphans });
    },
    onError: (error) => {
      logger.warn('contents: not collected yet', describeError(error));
    },
  });
  void keepRewrapped(ctx, { mongo, keys, everyMs });
}

async function keepRewrapped(
  { lifecycle: { signal }, logger, metrics }: Context,
  { mongo, keys, everyMs }: Omit<UpkeepParts, 'blobs' | 'graceMs'>,
): Promise<void> {
  const left = new Gauge({
    name: 'careplane_contents_to_rewrap',
    help: 'Contents of documents whose key is wrapped by a former key of their patient.',
    registers: [metrics.registry],
  });
  const onLeft = (count: number): void => {
    left.set(count);
  };
  const round = async (): Promise<void> => {
    onLeft(await rewrapAll({ mongo, keys, signal, logger, onLeft }));
  };
  const onError = (error: unknown): void => {
    logger.warn('contents: not wrapped again yet', describeError(error));
  };
  await keepDoing(round, { signal, everyMs, onError });
}

interface Rewrapping extends Pick<UpkeepParts, 'mongo' | 'keys'> {
  readonly signal: AbortSignal;
  readonly logger: Context['logger'];
  readonly onLeft: (count: number) => void;
}

/** Of the patients who have had several keys. @returns how many contents are left */
async function rewrapAll({ mongo, keys, signal, logger, onLeft }: Rewrapping): Promise<number> {
  let [after, left] = ['', 0];
  for (;;) {
    const rotated = {
      ...{ purpose: DOCUMENTS_KEY, generation: 2, subject: { $gt: after } },
      destroyedAt: { $exists: false },
    };
    const found = await keys.records.find(rotated, { sort: { subject: 1 }, limit: AT_ONCE });
    for (const { subject } of found) {
      if (signal.aborted) return left;
      const before = left;
      const {
        done,
        left: more,
        unreadable,
      } = await rewrapContents(subject, {
        ...{ mongo, keys, signal },
        onProgress: (progress) => {
          onLeft(before + progress.left);
        },
      });
      left += more;
      if (done > 0) logger.info('contents: wrapped again', { done, left: more });
      if (unreadable.length > 0)
        logger.error('contents: keys cannot be unwrapped', { ids: unreadable.slice(0, SHOWN) });
    }
    const last = found.at(-1);
    if (!last) return left;
    after = last.subject;
  }
}

const AT_ONCE = 200;
const SHOWN = 20;
