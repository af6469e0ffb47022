import { Router } from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { HttpProblem, NotFound } from '../../http/errors.ts';
import type { Reply } from '../../http/route.ts';
import { requestSignal } from '../../http/timeout.ts';
import { addressOf, baseUrlOf, FHIR_BASE } from '../base-url.ts';
import { withDataClasses } from '../data-classes.ts';
import { createGate, purposeOf } from '../gate.ts';
import type { Gate } from '../gate.ts';
import type { FhirOptions } from '../interactions/context.ts';
import { recorded } from '../recorded.ts';
import { createFileSender } from './file.ts';
import type { ExportFile, ExportJob } from './job.ts';
import type { ExportJobs } from './jobs.ts';
import { EXPORT_JOBS_PATH, KICK_OFF_PATHS } from './paths.ts';
import { kickOffOf } from './request.ts';

export interface BulkExportOptions extends FhirOptions {
  readonly jobs: ExportJobs;
}

/** What the audit calls an export by itself; its files are entries of what they show. */
const ASKED = { action: 'export', type: 'export-job' } as const;

/** In seconds; files are counted out within a few of them. */
const RETRY_AFTER = '1';

/**
 * Bulk Data Access, STU 2, below `/fhir/R4` (hl7.org/fhir/uv/bulkdata/STU2/export.html): `$export`, `Patient/$export`, the status of an
 * export and its files. An export is its client's alone.
 */
export function createBulkExportRouter(given: BulkExportOptions): Router {
  const options = { ...given, definitions: given.definitions.map(withDataClasses) };
  const router = Router({ caseSensitive: true });
  const sender = createFileSender();
  const jobPath = `${FHIR_BASE}/${EXPORT_JOBS_PATH}/:job`;
  for (const path of KICK_OFF_PATHS)
    router
      .route(path)
      .get(async (req, res) => {
        sendJson(res, await recorded(req, { asked: ASKED, options }, () => kickOff(req, options)));
      })
      .all(refuseAllBut('GET'));
  router
    .route(jobPath)
    .get(async (req, res) => {
      sendJson(res, await statusOf(await ownJob(req, options), req, options));
    })
    .delete(async (req, res) => {
      await options.jobs.remove(await ownJob(req, options));
      sendJson(res, { status: 202 });
    })
    .all(refuseAllBut('GET, DELETE'));
  router
    .route(`${jobPath}/files/:number`)
    .get(async (req, res) => {
      const file = await ownFile(req, options);
      const definition = options.definitions.find(({ type }) => type === file.type);
      if (!definition) throw new NotFound();
      await sender.send(req, res, { options, definition, file });
    })
    .all(refuseAllBut('GET'));
  return router;
}

/** The types of these definitions that are exported. */
export function exportedTypes({ definitions }: Pick<FhirOptions, 'definitions'>): string[] {
  return definitions.filter(({ exports }) => exports !== undefined).map(({ type }) => type);
}

async function kickOff(req: Request, options: BulkExportOptions): Promise<Reply> {
  const known = exportedTypes(options);
  const gate = createGate(options.access, req);
  const { types, since } = kickOffOf(req, known);
  const permitted = types ?? permittedOf(gate, known);
  for (const type of permitted) gate.enter('export', type);
  const base = baseUrlOf(req);
  const { subject, ...more } = ownerOf(req, options);
  const id = await options.jobs.start(
    { subject, ...more },
    { types: permitted, url: addressOf(req), ...(since ? { since } : {}) },
  );
  return { status: 202, headers: { 'content-location': `${base}/${EXPORT_JOBS_PATH}/${id}` } };
}

/** Of all types those that role and scopes permit; when they permit none, all of them, which are then refused. */
function permittedOf(gate: Gate, known: readonly string[]): readonly string[] {
  const permitted = known.filter((type) => gate.tryEnter('export', type) !== undefined);
  return permitted.length > 0 ? permitted : known;
}

function ownerOf(
  req: Request,
  { access }: FhirOptions,
): { readonly subject: string; readonly client: string } {
  const { id: subject, client } = access.subjectOf(req);
  return { subject, client };
}

/** The export that a request names, of a caller whose token is still good. @throws NotFound, Unauthorized */
async function ownJob(req: Request, options: BulkExportOptions): Promise<ExportJob> {
  const { access, jobs } = options;
  const subject = access.subjectOf(req);
  const job = await jobs.find(String(req.params['job']), ownerOf(req, options));
  const target = { type: job?.types[0] ?? '', resources: [] };
  await access.decide(subject, 'export', target, {
    purpose: purposeOf(req, subject),
    signal: requestSignal(req),
  });
  if (!job) throw new NotFound();
  return job;
}

async function ownFile(req: Request, options: BulkExportOptions): Promise<ExportFile> {
  const job = await ownJob(req, options);
  const number = String(req.params['number']);
  const file = /^\d{1,9}$/.test(number) ? await options.jobs.file(job, Number(number)) : undefined;
  if (!file) throw new NotFound();
  return file;
}

/** 202 while the files are counted out, then the manifest. It counts nothing, since that would count what consents hide. */
async function statusOf(job: ExportJob, req: Request, { jobs }: BulkExportOptions): Promise<Reply> {
  if (job.state === 'planning') {
    const progress = `${String(job.at)} of ${String(job.types.length)} types, ${String(job.files)} files`;
    return { status: 202, headers: { 'retry-after': RETRY_AFTER, 'x-progress': progress } };
  }
  const at = `${baseUrlOf(req)}/${EXPORT_JOBS_PATH}/${job._id}/files`;
  const files = await jobs.filesOf(job);
  return {
    status: 200,
    headers: { expires: job.expiresAt.toUTCString() },
    body: {
      transactionTime: job.transactionTime.toISOString(),
      request: job.url,
      requiresAccessToken: true,
      output: files.map(({ type, number }) => ({ type, url: `${at}/${String(number)}` })),
      error: [],
    },
  };
}

/** A manifest is JSON and no resource. */
function sendJson(res: Response, { status, headers = {}, body }: Reply): void {
  if (res.headersSent || res.destroyed) return; // timed out or gone: the answer was given already
  res.status(status).set({ 'cache-control': 'no-store', ...headers });
  if (body === undefined) res.end();
  else res.json(body);
}

function refuseAllBut(allow: string): RequestHandler {
  return () => {
    throw new HttpProblem(405, 'Method not allowed', { headers: { allow } });
  };
}
