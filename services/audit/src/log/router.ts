import { NotFound, Router } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import { encodeVerifierKey, Malformed, parseTilePath } from '@careplane/tlog';
import type { TileId } from '@careplane/tlog';
import type { AuditLog } from './index.ts';

/** A tile of a width never changes (c2sp.org/tlog-tiles). */
const FOREVER = 'public, max-age=31536000, immutable';
/** A checkpoint does, several times a second. */
const A_SECOND = 'public, max-age=1';

/**
 * The log over HTTP: `checkpoint`, `tile/<L>/<N>[.p/<W>]` and `tile/entries/<N>[.p/<W>]` of c2sp.org/tlog-tiles, which hold hashes and ids
 * alone; `vkeys`, the verifier keys of the log and its witnesses, one a line; and `records/<N>[.p/<W>]`, the sealed records of a bundle, one a line, for exports.
 * @param mayExport let through who may have the sealed records; without any nobody gets them
 */
export function logRouter(
  log: Pick<AuditLog, 'latest' | 'verifierKeys' | 'tile' | 'records'>,
  mayExport: readonly RequestHandler[] = [],
): Router {
  const router = Router();
  router.get('/checkpoint', async (_req, res) => {
    const text = await log.latest();
    res.set({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': A_SECOND }).send(text);
  });
  router.get('/vkeys', async (_req, res) => {
    const lines = (await log.verifierKeys()).map((key) => `${encodeVerifierKey(key)}\n`);
    res.type('text/plain; charset=utf-8').send(lines.join(''));
  });
  router.get('/tile/*path', async (req, res) => {
    const bytes = await log.tile(tileOf(req.path.slice(1)));
    if (bytes === undefined) throw beyond();
    const headers = { 'content-type': 'application/octet-stream', 'cache-control': FOREVER };
    res.set(headers).send(Buffer.from(bytes));
  });
  if (mayExport.length > 0) router.get('/records/*path', ...mayExport, recordsHandler(log));
  return router;
}

function recordsHandler(log: Pick<AuditLog, 'records'>): RequestHandler {
  return async (req, res) => {
    const bundle = tileOf(req.path.replace(/^\/records\//, 'tile/entries/'));
    const records = await log.records(bundle);
    if (records === undefined) throw beyond();
    const lines = records.map(({ id, sealed }) =>
      JSON.stringify({ id, sealed: sealed && Buffer.from(sealed).toString('base64') }),
    );
    const headers = { 'content-type': 'application/x-ndjson', 'cache-control': 'private, no-store' };
    res.set(headers).send(lines.map((line) => `${line}\n`).join(''));
  };
}

function tileOf(path: string): TileId {
  try {
    return parseTilePath(path);
  } catch (error) {
    if (error instanceof Malformed) throw new NotFound('This is not the path of a tile');
    throw error;
  }
}

function beyond(): NotFound {
  return new NotFound('The log is not that large');
}
