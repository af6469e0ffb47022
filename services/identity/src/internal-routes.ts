import { ERASURES_PATH, FACTS_PATH, route, securityAccess, serviceAgent } from '@careplane/kit';
import type { InternalRoute, RequestHandler } from '@careplane/kit';
import { z } from 'zod';
import { readFacts, readManyFacts } from './access-facts/route.ts';
import { readLedger, takeReport } from './erasure/ledger-routes.ts';
import type { Parts } from './parts.ts';
import { readContact } from './patients/contact.ts';
import { readDirectory } from './persons/directory-route.ts';
import { readPersonState } from './persons/state-route.ts';

/** Who keeps data about patients. */
const KEEPERS = ['appointments', 'audit', 'notifications', 'records'];

/** What other services ask of identity. */
export const internalRoutes: readonly InternalRoute<Parts>[] = [
  {
    path: `${FACTS_PATH}/:role/:id`,
    callers: 'declared',
    handle: ({ facts }) => readFacts(facts),
  },
  {
    method: 'POST',
    path: FACTS_PATH,
    callers: 'declared',
    handle: ({ facts }) => readManyFacts(facts),
  },
  { path: '/internal/contacts/:patientId', callers: ['notifications'], handle: readContact },
  { path: '/internal/persons/:type/:id', callers: ['appointments', 'records'], handle: readPersonState },
  { method: 'POST', path: '/internal/directory', callers: ['audit'], handle: readDirectory },
  { path: '/internal/account-messages/:id', callers: ['notifications'], handle: readMessage },
  { path: ERASURES_PATH, callers: KEEPERS, handle: ({ erasure }) => readLedger(erasure) },
  { method: 'POST', path: ERASURES_PATH, callers: KEEPERS, handle: ({ erasure }) => takeReport(erasure) },
  { path: '/internal/app-origins', callers: ['gateway'], handle: readOrigins },
];

/** A message to send about an account. */
function readMessage({ messages, audit }: Parts): RequestHandler {
  return route({ params: z.object({ id: z.uuid() }) }, async ({ params }) => {
    const body = await messages.read(params.id);
    const entities = [{ type: 'account-message', id: params.id }];
    await audit.record([
      securityAccess({ kind: 'message-read', agent: serviceAgent('notifications'), entities }),
    ]);
    return { status: 200, headers: { 'cache-control': 'no-store' }, body };
  });
}

/** The origins of registered apps, for CORS. */
function readOrigins({ apps }: Parts): RequestHandler {
  return route({}, async () => ({
    status: 200,
    headers: { 'cache-control': 'no-store' },
    body: { origins: await apps.origins() },
  }));
}
