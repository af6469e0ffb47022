import type { Resource, Term } from '@careplane/kit';
import { identifiersIn } from './elements.ts';
import type { Identifier } from './elements.ts';
import type { PersonType } from './person-record.ts';

/**
 * The terms that only one record may have: of a patient the identifiers in the clinic's own systems (medical record numbers),
 * of a practitioner the first identifier.
 */
export function uniqueTerms(type: PersonType, resource: Resource, ownSystems: ReadonlySet<string>): Term[] {
  const identifiers = identifiersIn(resource).filter(({ value }) => value !== undefined);
  if (type === 'Practitioner')
    return identifiers.slice(0, 1).map((identifier) => uniqueTerm(type, identifier));
  if (type !== 'Patient') return [];
  return identifiers
    .filter(({ system }) => system !== undefined && ownSystems.has(system))
    .map((identifier) => uniqueTerm(type, identifier));
}

export function uniqueTerm(type: PersonType, { system, value = '' }: Identifier): Term {
  return system === undefined ? [`${type}.unique`, value] : [`${type}.unique`, system, value];
}
