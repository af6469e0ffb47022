import { normalise, normaliseEmail, normalisePhone } from '@careplane/kit';
import type { Resource } from '@careplane/kit';
import { addressesIn, identifiersIn, namesIn, telecomIn, textOf } from './elements.ts';

/** How sure a match is (hl7.org/fhir/R4/valueset-match-grade.html). */
export type MatchGrade = 'certain' | 'probable' | 'possible' | 'certainly-not';

export interface MatchScore {
  /** 0 to 1. */
  readonly score: number;
  readonly grade: MatchGrade;
}

/**
 * Weights of agreement and disagreement, log2(m/u) and log2((1-m)/(1-u)), after Fellegi and Sunter, "A Theory for Record Linkage"
 * (1969): m is how often the field agrees for the same person, u for two different ones. The values are those usual for
 * patient registries (m 0.9 to 0.99; u from how many values a field has).
 */
interface Weight {
  readonly agree: number;
  readonly disagree: number;
}

const weight = (m: number, u: number): Weight => ({
  agree: Math.log2(m / u),
  disagree: Math.log2((1 - m) / (1 - u)),
});

const WEIGHTS = {
  identifier: weight(0.99, 0.000_01),
  family: weight(0.92, 0.002),
  given: weight(0.95, 0.008),
  birthDate: weight(0.97, 0.000_05),
  gender: weight(0.98, 0.5),
  telecom: weight(0.6, 0.000_05),
  postalCode: weight(0.75, 0.002),
} as const;
type Field = keyof typeof WEIGHTS;

/** How far two records agree in a field: 1 wholly, 0 not at all, between them partly; undefined when one says nothing. */
type Comparison = (a: Resource, b: Resource) => number | undefined;

const COMPARISONS: Readonly<Record<Field, Comparison>> = {
  identifier: (a, b) => overlap(identifiersOf(a), identifiersOf(b)),
  family: (a, b) => alike(namesOf(a).family, namesOf(b).family),
  given: (a, b) => alike(namesOf(a).given, namesOf(b).given),
  birthDate: (a, b) => sameDate(textOf(a, 'birthDate'), textOf(b, 'birthDate')),
  gender: (a, b) => same(textOf(a, 'gender'), textOf(b, 'gender')),
  telecom: (a, b) => overlap(telecomOf(a), telecomOf(b)),
  postalCode: (a, b) => overlap(postalCodesOf(a), postalCodesOf(b)),
};

/** Fields that change, or of which people have several: that they differ says little. */
const CHANGING: ReadonlySet<Field> = new Set<Field>(['identifier', 'telecom', 'postalCode', 'family']);

const CERTAIN = 24;
/** Twins share a family name and a day of birth: that alone is not probable. */
const PROBABLE = 20;
const POSSIBLE = 7;

/** Judges whether two resources describe the same person. */
export function matchScore(asked: Resource, found: Resource): MatchScore {
  let total = 0;
  for (const field of Object.keys(WEIGHTS) as Field[]) {
    const agreement = COMPARISONS[field](asked, found);
    if (agreement === undefined) continue;
    const { agree, disagree } = WEIGHTS[field];
    const against = CHANGING.has(field) ? disagree / 2 : disagree;
    total += agreement * agree + (1 - agreement) * against;
  }
  return { score: rounded(1 / (1 + 2 ** (POSSIBLE - total))), grade: gradeOf(total) };
}

function gradeOf(total: number): MatchGrade {
  if (total >= CERTAIN) return 'certain';
  if (total >= PROBABLE) return 'probable';
  return total >= POSSIBLE ? 'possible' : 'certainly-not';
}

function rounded(score: number): number {
  return Math.round(score * 10_000) / 10_000;
}

function same(a: string | undefined, b: string | undefined): number | undefined {
  return a === undefined || b === undefined || a === 'unknown' || b === 'unknown'
    ? undefined
    : Number(a === b);
}

/** A partial date agrees as far as it goes; exchanged days and months, and one wrong digit, agree in part. */
function sameDate(a: string | undefined, b: string | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a === b) return 1;
  const shorter = Math.min(a.length, b.length);
  if (shorter < 10 && a.slice(0, shorter) === b.slice(0, shorter)) return shorter === 7 ? 0.7 : 0.4;
  if (a === dayAndMonthExchanged(b)) return 0.6;
  return distance(a, b) === 1 ? 0.5 : 0;
}

function dayAndMonthExchanged(date: string): string {
  const [year, month, day] = date.split('-');
  return [year, day, month].join('-');
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number | undefined {
  if (a.size === 0 || b.size === 0) return undefined;
  return [...a].some((one) => b.has(one)) ? 1 : 0;
}

/** The best agreement of any two of the texts. */
function alike(a: readonly string[], b: readonly string[]): number | undefined {
  if (a.length === 0 || b.length === 0) return undefined;
  return Math.max(...a.flatMap((one) => b.map((other) => similarity(one, other))));
}

function similarity(a: string, b: string): number {
  if (a === b) return 1;
  const longer = Math.max(a.length, b.length);
  const share = 1 - distance(a, b) / longer;
  return share >= 0.75 ? share : 0;
}

/** Longer names are compared by their first letters: nobody waits for the rest. */
const LONGEST = 40;
const MOST_NAMES = 8;

/** Damerau's distance without overlapping transpositions (optimal string alignment). */
function distance(left: string, right: string): number {
  const [a, b] = [left.slice(0, LONGEST), right.slice(0, LONGEST)];
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const here = [row];
    for (let column = 1; column <= b.length; column += 1) {
      here.push(cheapest({ a, b, row, column, before, above, here }));
    }
    [before, above] = [above, here];
  }
  return above[b.length] ?? 0;
}

interface Cell {
  readonly a: string;
  readonly b: string;
  readonly row: number;
  readonly column: number;
  readonly before: readonly number[];
  readonly above: readonly number[];
  readonly here: readonly number[];
}

function cheapest({ a, b, row, column, before, above, here }: Cell): number {
  const at = (cells: readonly number[], place: number): number => cells[place] ?? Infinity;
  const cost = a[row - 1] === b[column - 1] ? 0 : 1;
  const isExchange = row > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
  return Math.min(
    at(above, column) + 1,
    at(here, column - 1) + 1,
    at(above, column - 1) + cost,
    isExchange ? at(before, column - 2) + 1 : Infinity,
  );
}

function namesOf(resource: Resource): { family: string[]; given: string[] } {
  const names = namesIn(resource).slice(0, MOST_NAMES);
  return {
    family: names.flatMap(({ family }) => forms([family])),
    given: names.flatMap(({ given }) => forms(given?.slice(0, 1) ?? [])),
  };
}

function identifiersOf(resource: Resource): Set<string> {
  const found = identifiersIn(resource).filter(({ system, value }) => system && value);
  return new Set(found.map(({ system, value }) => JSON.stringify([system, value])));
}

function telecomOf(resource: Resource): Set<string> {
  const points = telecomIn(resource).filter(({ value }) => value);
  return new Set(
    points.map(({ system, value = '' }) =>
      system === 'email' ? normaliseEmail(value) : normalisePhone(value),
    ),
  );
}

function postalCodesOf(resource: Resource): Set<string> {
  return new Set(forms(addressesIn(resource).map(({ postalCode }) => postalCode)));
}

function forms(texts: readonly (string | undefined)[]): string[] {
  return texts.map((text) => normalise(text ?? '')).filter((text) => text !== '');
}
