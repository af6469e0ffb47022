import { createGzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type { Request, Response } from 'express';
import { begun } from '../../http/begun.ts';
import { TooManyRequests } from '../../http/errors.ts';
import type { ResourceDefinition } from '../definition.ts';
import { createGate } from '../gate.ts';
import type { FhirOptions } from '../interactions/context.ts';
import { filledPage } from '../interactions/filled-page.ts';
import { recorded } from '../recorded.ts';
import type { Stored } from '../resource.ts';
import type { SearchPage } from '../search.ts';
import { MOST_ON_A_PAGE } from '../search/result-parameters.ts';
import type { ExportFile } from './job.ts';
import { EXPORT_ORDER, filtersOf } from './part.ts';

/** Files that one replica sends at once: those who read records are not to wait for exports. */
const MOST_AT_ONCE = 2;

interface Sent {
  readonly options: FhirOptions;
  readonly definition: ResourceDefinition;
  readonly file: ExportFile;
}

/** How a replica sends files. */
export interface FileSender {
  /**
   * Answers with the lines of a file. What is read is decided now, page by page, and recorded before its first byte leaves; a page that
   * cannot be breaks the answer off.
   * @throws TooManyRequests; what a page is refused with, before the first byte
   */
  send(req: Request, res: Response, sent: Sent): Promise<void>;
}

export function createFileSender(): FileSender {
  let underWay = 0;
  return {
    async send(req, res, sent): Promise<void> {
      if (underWay >= MOST_AT_ONCE)
        throw new TooManyRequests(1, { detail: 'Other files are being sent: ask again' });
      underWay += 1;
      try {
        await sendLines(req, res, sent);
      } finally {
        underWay -= 1;
      }
    },
  };
}

async function sendLines(req: Request, res: Response, sent: Sent): Promise<void> {
  const lines = Readable.from(await begun(linesOf(req, sent)), { objectMode: false });
  const isZipped = req.acceptsEncodings('gzip', 'identity') === 'gzip';
  res
    .status(200)
    .set({ 'content-type': 'application/fhir+ndjson', 'cache-control': 'no-store' })
    .set({ vary: 'Accept-Encoding, Authorization', ...(isZipped ? { 'content-encoding': 'gzip' } : {}) });
  await (isZipped ? pipeline(lines, createGzip(), res) : pipeline(lines, res));
}

/** One text for each page. */
async function* linesOf(req: Request, { options, definition, file }: Sent): AsyncGenerator<Buffer> {
  let { after } = file.part;
  let left = file.part.rows ?? Infinity;
  do {
    const count = Math.min(MOST_ON_A_PAGE, left);
    const page = await pageOf(req, { options, definition, file }, { after, count });
    left -= count;
    after = page.next;
    yield Buffer.from(page.resources.map((resource) => `${JSON.stringify(resource)}\n`).join(''));
  } while (after !== undefined && left > 0);
}

/** The resources of a page that the caller may have now, when each of their patients has an entry in the audit. */
async function pageOf(
  req: Request,
  { options, definition, file }: Sent,
  { after, count }: { readonly after: string | undefined; readonly count: number },
): Promise<SearchPage<Stored>> {
  const { type, part, since } = file;
  let page: SearchPage<Stored> = { resources: [] };
  await recorded(req, { asked: { action: 'export', type }, options }, async () => {
    const gate = createGate(options.access, req);
    const drawn = await gate.draw('export', type, { patients: part.patients });
    const query = {
      filters: filtersOf(part, since),
      constraint: drawn.interaction.decision.constraint,
      sort: EXPORT_ORDER,
      ...{ count, wantsTotal: false, ...(after === undefined ? {} : { cursor: after }) },
    };
    page = await filledPage(query, { definition, gate, drawn, action: 'export' });
    return { status: 200, body: { entry: page.resources.map((resource) => ({ resource })) } };
  });
  return page;
}
