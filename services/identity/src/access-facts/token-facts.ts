import { NO_FACTS } from '@careplane/access';
import { Invalid, MOST_PATIENTS } from '@careplane/kit';
import type { TokenFacts } from '@careplane/kit';
import { z } from 'zod';
import { factsNow } from './facts.ts';
import type { FactsAbout, FactsParts } from './facts.ts';

/** Whose facts; `account`: nobody's, the question is about the token alone. */
export const factsOwner = z.object({
  role: z.enum(['patient', 'practitioner', 'app', 'account']),
  id: z.string().min(1).max(128),
});

const id = z.string().min(1).max(128);
const patientIds = z.array(id).max(MOST_PATIENTS);
const asked = z.object({
  account: id,
  client: id,
  token: id,
  since: z.coerce.number(),
  session: id.optional(),
  grant: id.optional(),
});

/**
 * The facts as they are now, of the patients that the query names or of all, and whether the token that it describes has ended;
 * services of before describe none.
 */
export async function tokenFacts(
  parts: FactsParts,
  { role, id: owner }: z.infer<typeof factsOwner>,
  query: URLSearchParams,
): Promise<TokenFacts> {
  const [facts, isOver] = await Promise.all([
    role === 'account' ? NO_FACTS : factsNow(parts, { role, id: owner }, aboutOf(query)),
    query.has('token') && isTokenOver(parts, query),
  ]);
  return isOver ? { ...facts, isOver } : facts;
}

/** What the question is about. @throws Invalid */
function aboutOf(query: URLSearchParams): FactsAbout {
  const said = query.get('patients');
  if (said === null) return { withoutConsents: query.get('consents') === 'none' };
  const parsed = patientIds.safeParse(said === '' ? [] : said.split(','));
  if (parsed.success) return { patients: parsed.data };
  throw new Invalid([{ path: 'query.patients', message: `at most ${String(MOST_PATIENTS)} ids` }]);
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
