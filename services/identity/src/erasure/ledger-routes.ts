import { erasureReport, route } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import { z } from 'zod';
import type { Erasures } from './erasures.ts';

const NO_STORE = { 'cache-control': 'no-store' };

/** `GET /internal/erasures?after=`: whom services must have erased before they answer. */
export function readLedger({ erasures }: { readonly erasures: Erasures }): RequestHandler {
  return route({ query: z.object({ after: z.string().max(128).default('') }) }, async ({ query }) => ({
    status: 200,
    headers: NO_STORE,
    body: { erasures: await erasures.page(query.after) },
  }));
}

/** `POST /internal/erasures`: what a service knows of. What this database does not know was lost by a restore, and is done again. */
export function takeReport({ erasures }: { readonly erasures: Erasures }): RequestHandler {
  return route({ body: erasureReport }, async ({ body }) => {
    await erasures.restore(body.erasures);
    return { status: 200, headers: NO_STORE, body: {} };
  });
}
