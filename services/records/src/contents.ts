import type { DataKeys, Mongo, ServiceContext } from '@careplane/kit';
import { gridFsBlobs } from './blobs/grid-fs.ts';
import type { RecordsConfig } from './config.ts';
import { clamdScanner, DocumentContent, mediaTypes, noScanner } from './content/index.ts';
import type { Scanner } from './content/index.ts';
import { keepContents } from './documents/keep.ts';

type Context = Pick<ServiceContext<RecordsConfig>, 'config' | 'lifecycle' | 'logger' | 'metrics'>;

/** The contents of documents, looked after for as long as the service runs. */
export function openContents(
  ctx: Context,
  { mongo, keys }: { readonly mongo: Mongo; readonly keys: DataKeys },
): DocumentContent {
  const { config, logger } = ctx;
  const blobs = gridFsBlobs(mongo);
  keepContents(ctx, { mongo, blobs, keys, everyMs: config.UPKEEP_MS });
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
