import type { Subject } from '@careplane/access';
import { MOST_PATIENTS } from './facts-schema.ts';

/**
 * What a question for facts is about:
 * - `nobody`: only whether the token is still good
 * - `everybody`: all that is known
 * - `relations`: all relations, and no consents
 * - patients: what concerns these
 */
export type FactsAbout = 'nobody' | 'everybody' | 'relations' | readonly string[];

/**
 * The paths of the questions about distinct ids, each about at most as many patients as one may name. Staff without patients have no relations: only their
 * token counts. A patient's are those of the whole family, whoever is asked about.
 */
export function pathsOf(subject: Subject, about: FactsAbout): string[] {
  const owner = about === 'nobody' || about.length === 0 ? undefined : ownerOf(subject);
  const token = tokenOf(subject);
  if (owner === undefined)
    return token === undefined ? [] : [`account/${encodeURIComponent(subject.id)}?${token}`];
  const path = (...query: readonly (string | undefined)[]): string => {
    const parts = query.filter((part) => part !== undefined);
    return parts.length === 0 ? owner : `${owner}?${parts.join('&')}`;
  };
  if (subject.role === 'patient' || about === 'everybody') return [path(token)];
  if (about === 'relations') return [path(token, 'consents=none')];
  return chunksOf(about as readonly string[]).map((patients) =>
    path(token, `patients=${patients.join(',')}`),
  );
}

/** Each id once. What can be none is asked for by nobody: it stays unknown, and so is denied. */
export function distinctIds(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].filter((id) => ID.test(id)).sort();
}

/** https://hl7.org/fhir/R4/datatypes.html#id */
const ID = /^[A-Za-z0-9.-]{1,64}$/;

function chunksOf(all: readonly string[]): string[][] {
  const count = Math.ceil(all.length / MOST_PATIENTS);
  return Array.from({ length: count }, (_, at) => all.slice(at * MOST_PATIENTS, (at + 1) * MOST_PATIENTS));
}

function tokenOf({ id: account, client, token }: Subject): string | undefined {
  if (token === undefined) return undefined;
  const { id, since, session, grant } = token;
  return new URLSearchParams({
    account,
    client,
    token: id,
    since: String(since),
    ...(session === undefined ? {} : { session }),
    ...(grant === undefined ? {} : { grant }),
  }).toString();
}

function ownerOf({ role, person, client }: Subject): string | undefined {
  if (role === 'app') return `app/${encodeURIComponent(client)}`;
  const hasRelations = role === 'patient' || role === 'practitioner';
  return hasRelations && person ? `${role}/${encodeURIComponent(person.id)}` : undefined;
}
