import { route } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import type { FactsParts } from './facts.ts';
import { factsOwner, tokenFacts } from './token-facts.ts';

/** `GET /internal/access-facts/:role/:id`, for services that ask the decision point. Of who is not known there are none. */
export function readFacts(parts: FactsParts): RequestHandler {
  return route({ params: factsOwner }, async ({ req, params: owner }) => ({
    status: 200,
    headers: { 'cache-control': 'no-store' },
    body: await tokenFacts(parts, owner, new URL(req.url, 'http://identity').searchParams),
  }));
}
