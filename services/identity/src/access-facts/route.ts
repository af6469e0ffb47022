import { factsQuestions, route } from '@careplane/kit';
import type { RequestHandler, TokenFacts } from '@careplane/kit';
import type { FactsParts } from './facts.ts';
import { factsOfPath, factsOwner, tokenFacts } from './token-facts.ts';

const NOT_KEPT = { 'cache-control': 'no-store' };

/** `GET /internal/access-facts/:role/:id`, for services that ask the decision point. Of who is not known there are none. */
export function readFacts(parts: FactsParts): RequestHandler {
  return route({ params: factsOwner }, async ({ req, params: owner }) => ({
    status: 200,
    headers: NOT_KEPT,
    body: await tokenFacts(parts, owner, new URL(req.url, 'http://identity').searchParams),
  }));
}

/** `POST /internal/access-facts`: the same for many at once. What fails alone is null, and tells why to who asks for it alone. */
export function readManyFacts(parts: FactsParts): RequestHandler {
  return route({ body: factsQuestions }, async ({ body: { asked } }) => {
    const found = await Promise.allSettled(asked.map((path) => factsOfPath(parts, path)));
    return { status: 200, headers: NOT_KEPT, body: { facts: answersIn(found) } };
  });
}

/** @throws what was thrown when nothing could be answered: then it is no matter of one question */
function answersIn(found: readonly PromiseSettledResult<TokenFacts>[]): (TokenFacts | null)[] {
  const [first] = found;
  if (first?.status === 'rejected' && found.every(({ status }) => status === 'rejected')) throw first.reason;
  return found.map((one) => (one.status === 'fulfilled' ? one.value : null));
}
