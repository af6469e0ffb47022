import type { Constraint } from '@careplane/access';
import { dateTerms, identifierTerms, startsWithTerms, telecomTerm } from '@careplane/kit';
import type { Resource, Stored, Term } from '@careplane/kit';
import { identifiersIn, namesIn, nameTexts, telecomIn, textOf } from './elements.ts';
import { matchScore } from './match-score.ts';
import type { MatchScore } from './match-score.ts';
import { UNINDEXED } from './person-record.ts';
import type { PersonStore } from './person-store.ts';
import { constraintQuery } from './search-filter.ts';
import type { Query } from './search-filter.ts';
import { openPersons } from './sealing.ts';
import type { Protection } from './sealing.ts';

export interface Match extends MatchScore {
  readonly resource: Stored;
}

export interface MatchOptions {
  /** Who may be seen at most; nobody else is a candidate. */
  readonly constraints: readonly Constraint[];
  /** Of the candidates those who may be seen. */
  readonly visible: (found: readonly Stored[]) => Promise<readonly Stored[]>;
  readonly onlyCertain: boolean;
  readonly count: number;
}

/** Records that are compared for each way to look for them. */
const MOST_CANDIDATES = 100;
/** Of names, identifiers and so on each. */
const MOST_ASKED = 10;

/**
 * Finds patients that may be the same person, the most certain first. Candidates share an identifier, a number or address, or the
 * birth date and a part of the name; replaced records are none.
 */
export async function findMatches(
  parts: { readonly patients: PersonStore; readonly protection: Protection },
  asked: Resource,
  { constraints, visible, onlyCertain, count }: MatchOptions,
): Promise<Match[]> {
  const { patients, protection } = parts;
  const within = constraints.map((constraint) => constraintQuery(patients.kind, constraint));
  const found = new Map<string, Stored>();
  for (const block of blocksOf(asked)) {
    const tokens = block.map((terms): Query => ({ tokens: { $in: protection.index.lookup(terms) } }));
    const query = { $and: [...tokens, { replacedBy: { $exists: false } }, ...within] };
    const records = await patients.records.find(query, { ...UNINDEXED, limit: MOST_CANDIDATES });
    const fresh = records.filter(({ _id }) => !found.has(_id));
    for (const stored of await openPersons(protection, patients.kind, fresh)) found.set(stored.id, stored);
  }
  return (await visible([...found.values()]))
    .map((resource) => ({ resource, ...matchScore(asked, resource) }))
    .filter(({ grade }) => (onlyCertain ? grade === 'certain' : grade !== 'certainly-not'))
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
}

/** Ways to look for candidates: each a list of terms that must all be there (any of each). */
function blocksOf(asked: Resource): (readonly (readonly Term[])[])[] {
  const exact = [...identifierBlock(asked), ...telecomBlock(asked)];
  const birth = textOf(asked, 'birthDate');
  const { family, given } = nameTexts(namesIn(asked).slice(0, MOST_ASKED));
  const families = family.flatMap((text) => startsWithTerms('Patient.family', text));
  const givens = given.flatMap((text) => startsWithTerms('Patient.given', text));
  const born = birth === undefined ? [] : birthTerm(birth);
  const blocks = [
    [born, families],
    [born, givens],
    [families, givens],
  ];
  return [
    ...(exact.length > 0 ? [[exact]] : []),
    ...blocks.filter((block) => block.every((terms) => terms.length > 0)),
  ];
}

/** The day, month or year of birth, as precisely as it is known. */
function birthTerm(birth: string): Term[] {
  return dateTerms('Patient.birthdate', birth)
    .filter(([, period]) => period !== 'partial')
    .slice(-1);
}

function identifierBlock(asked: Resource): Term[] {
  return identifiersIn(asked)
    .slice(0, MOST_ASKED)
    .flatMap(({ system, value }) =>
      system === undefined || value === undefined
        ? []
        : identifierTerms('Patient.identifier', system, value).filter(([, kind]) => kind === 'both'),
    );
}

function telecomBlock(asked: Resource): Term[] {
  return telecomIn(asked)
    .slice(0, MOST_ASKED)
    .flatMap(({ system, value }) =>
      system === undefined || value === undefined ? [] : [telecomTerm('Patient.telecom', system, value)],
    );
}
