import { agentOf, currentSubject, NotFound, route, Router } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import { z } from 'zod';
import { newApp } from './app.ts';
import type { Apps } from './apps.ts';

/** `/admin/apps`: registered apps, for administrators. */
export function appsRouter(apps: Apps, adminOnly: RequestHandler): Router {
  const router = Router();
  router.get(
    '/admin/apps',
    adminOnly,
    route({}, async () => ({ status: 200, headers: NO_STORE, body: { items: await apps.list() } })),
  );
  router.post(
    '/admin/apps',
    adminOnly,
    route({ body: newApp }, async ({ req, body }) => {
      const { app, secret } = await apps.add(body, agentOf(currentSubject(req)));
      return {
        status: 201,
        headers: { ...NO_STORE, location: `/admin/apps/${encodeURIComponent(app.clientId)}` },
        body: { ...app, ...(secret === undefined ? {} : { clientSecret: secret }) },
      };
    }),
  );
  const byId = { params: z.object({ clientId: z.string().max(128) }) };
  router.get(
    '/admin/apps/:clientId',
    adminOnly,
    route(byId, async ({ params }) => {
      const app = await apps.find(params.clientId);
      if (!app) throw new NotFound();
      return { status: 200, headers: NO_STORE, body: app };
    }),
  );
  router.delete(
    '/admin/apps/:clientId',
    adminOnly,
    route(byId, async ({ req, params }) => {
      await apps.remove(params.clientId, agentOf(currentSubject(req)));
      return { status: 204 };
    }),
  );
  return router;
}

const NO_STORE = { 'cache-control': 'no-store' };
