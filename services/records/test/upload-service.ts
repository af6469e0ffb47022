import { defineService, Forbidden, Router, startService, withTransaction } from '@careplane/kit';
import type { Mongo, Request, RunningService } from '@careplane/kit';
import { z } from 'zod';
import type { DocumentContent, Owner } from '../src/content/index.ts';
import { sendContent } from '../src/content/download-route.ts';
import { uploadRouter } from '../src/content/upload-router.ts';

export const UPLOADS = '/uploads';

interface UploadServiceOptions {
  readonly content: DocumentContent;
  readonly mongo: Mongo;
  readonly mostBytes: number;
  readonly env?: Record<string, string>;
}

/**
 * A service with the routes of contents: uploads, `POST /documents/<upload>` that makes a document of one, `GET /documents/<upload>`. The
 * header `x-user` says who calls; nobody may add to `Patient/closed`.
 */
export function startUploadService(options: UploadServiceOptions): Promise<RunningService> {
  const { content, mongo, mostBytes, env = {} } = options;
  const router = Router();
  const callerOf = (req: Request): Owner => ({ id: req.get('x-user') ?? 'somebody', isPatient: false });
  const requireMayAdd = (_req: Request, patient: string): Promise<void> =>
    patient === 'Patient/closed' ? Promise.reject(new Forbidden()) : Promise.resolve();
  router.use(uploadRouter({ content, path: UPLOADS, mostBytes, callerOf, requireMayAdd }));
  router.post('/documents/:id', async (req, res) => {
    const id = req.params.id;
    await content.finish(id);
    const { place } = await content.upload(id);
    await withTransaction(mongo, (tx) => content.attach(id, place, tx));
    res.status(201).end();
  });
  router.get('/documents/:id', async (req, res) => {
    await sendContent(req, res, await content.open(req.params.id));
  });
  const definition = defineService({
    name: 'records',
    config: z.object({}),
    http: { streamedPaths: [UPLOADS] },
    start: () => ({ router }),
  });
  return startService(definition, {
    env: { PORT: '0', ADMIN_PORT: '0', SHUTDOWN_DELAY_MS: '0', LOG_LEVEL: 'error', ...env },
  });
}
