import { route } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import { z } from 'zod';
import { factsNow } from './facts.ts';
import type { FactsParts } from './facts.ts';

const params = z.object({
  role: z.enum(['patient', 'practitioner', 'app']),
  id: z.string().min(1).max(128),
});

/** `GET /internal/access-facts/:role/:id`, for services that ask the decision point. Of who is not known there are none. */
export function readFacts(parts: FactsParts): RequestHandler {
  return route({ params }, async ({ params: owner }) => ({
    status: 200,
    headers: { 'cache-control': 'no-store' },
    body: await factsNow(parts, owner),
  }));
}
