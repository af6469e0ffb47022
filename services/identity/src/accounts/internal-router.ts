import { route, Router } from '@careplane/kit';
import type { ServiceAuth } from '@careplane/kit';
import { z } from 'zod';
import type { Apps } from '../apps/apps.ts';
import type { Messages } from './messages.ts';

/** What other services ask: a message to send, and the origins of registered apps for CORS. */
export function accountsInternalRouter(
  { messages, apps }: { messages: Messages; apps: Apps },
  services: ServiceAuth,
): Router {
  const router = Router();
  router.get(
    '/internal/account-messages/:id',
    services.require('notifications'),
    route({ params: z.object({ id: z.uuid() }) }, async ({ params }) => ({
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: await messages.read(params.id),
    })),
  );
  router.get(
    '/internal/app-origins',
    services.require('gateway'),
    route({}, async () => ({
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: { origins: await apps.origins() },
    })),
  );
  return router;
}
