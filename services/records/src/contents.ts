import type { DataKeys, Mongo, ServiceContext } from '@careplane/kit';
import { keepMoving } from './blobs/keep-moving.ts';
import { openBlobs } from './blobs/open-blobs.ts';
import type { RecordsConfig } from './config.ts';
import { clamdScanner, DocumentContent, mediaTypes, noScanner } from './content/index.ts';
import type { Scanner } from './content/index.ts';
import { keepContents } from './documents/keep.ts';

type Context = Pick<
  ServiceContext<RecordsConfig>,
  'bindings' | 'config' | 'instance' | 'lifecycle' | 'logger' | 'metrics'
>;

/** Longer than any request takes: a blob without a content is of one that ended before it was committed. */
const GRACE_MS = 3_600_000;

export interface ContentsParts {
  readonly mongo: Mongo;
  readonly keys: DataKeys;
  readonly tenant: string;
}

/** The contents of documents, looked after for as long as the service runs. */
export async function openContents(
  ctx: Context,
  { mongo, keys, tenant }: ContentsParts,
): Promise<DocumentContent> {
  const { config, logger } = ctx;
  const { blobs, moving } = await openBlobs(ctx, mongo, tenant);
  const upkeep = { mongo, everyMs: config.UPKEEP_MS, graceMs: GRACE_MS };
  keepContents(ctx, { ...upkeep, blobs, keys });
  if (moving) void keepMoving(ctx, { ...upkeep, ...moving });
  return new DocumentContent({
    ...{ mongo, keys, blobs, logger },
    scanner: scannerOf(config),
    types: mediaTypes(config.CONTENT_TYPES),
    mostBytes: config.CONTENT_LIMIT_BYTES,
    quota: { mostOpen: config.CONTENT_OPEN_LIMIT, mostBytesADay: config.CONTENT_PATIENT_BYTES_A_DAY },
    keepMs: config.CONTENT_KEEP_MS,
  });
}

function scannerOf({ CLAMD }: RecordsConfig): Scanner {
  if (CLAMD === undefined) return noScanner;
  const [host = '', port] = CLAMD.split(':');
  return clamdScanner({ host, port: Number(port) });
}
