import { NO_FACTS } from '@careplane/access';
import type { TokenFacts } from '@careplane/kit';
import { z } from 'zod';
import { factsNow } from './facts.ts';
import type { FactsParts } from './facts.ts';

/** Whose facts; `account`: nobody's, the question is about the token alone. */
export const factsOwner = z.object({
  role: z.enum(['patient', 'practitioner', 'app', 'account']),
  id: z.string().min(1).max(128),
});

const id = z.string().min(1).max(128);
const asked = z.object({
  account: id,
  client: id,
  token: id,
  since: z.coerce.number(),
  session: id.optional(),
  grant: id.optional(),
});

/** The facts as they are now, and whether the token that the query describes has ended; services of before describe none. */
export async function tokenFacts(
  parts: FactsParts,
  { role, id: owner }: z.infer<typeof factsOwner>,
  query: URLSearchParams,
): Promise<TokenFacts> {
  const [facts, isOver] = await Promise.all([
    role === 'account' ? NO_FACTS : factsNow(parts, { role, id: owner }),
    query.has('token') && isTokenOver(parts, query),
  ]);
  return isOver ? { ...facts, isOver } : facts;
}

/** The same by the path of the question: `<role>/<id>?<token>`. @throws ZodError, URIError for what is none */
export async function factsOfPath(parts: FactsParts, path: string): Promise<TokenFacts> {
  const [owner = '', query = ''] = path.split('?');
  const [role, id] = owner.split('/').map(decodeURIComponent);
  return tokenFacts(parts, factsOwner.parse({ role, id }), new URLSearchParams(query));
}

function isTokenOver({ endings }: FactsParts, query: URLSearchParams): Promise<boolean> {
  const { account, client, token, since, session, grant } = asked.parse(Object.fromEntries(query));
  const marks = {
    id: token,
    since,
    ...(session === undefined ? {} : { session }),
    ...(grant === undefined ? {} : { grant }),
  };
  return endings.isOver({ account, client, token: marks });
}
