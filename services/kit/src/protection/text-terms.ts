import type { Term } from './blind-index.ts';
import { normaliseEmail, normalisePhone, spellings } from './normalise.ts';

/** A longer beginning is looked up by its first letters only. */
const LONGEST_PREFIX = 24;
/** Of one field of one record. Names of people need some 30; who sends a thousand names is found by the first ones. */
const MOST_TERMS = 400;
const MOST_TEXTS = 100;

/** The beginnings of a text and of each of its words, and the text exactly as it is. */
export function textTerms(domain: string, all: readonly string[]): Term[] {
  const texts = all.slice(0, MOST_TEXTS);
  const prefixes = new Set<string>();
  for (const text of texts) for (const part of partsOf(text)) addPrefixes(prefixes, part);
  return [
    ...texts.map((text): Term => [domain, 'exact', text.normalize('NFC')]),
    ...[...prefixes].slice(0, MOST_TERMS).map((prefix): Term => [domain, 'prefix', prefix]),
  ];
}

/** The terms of texts that begin with this one, or have a word that does; none when nothing is left to look for. */
export function startsWithTerms(domain: string, text: string): Term[] {
  return spellings(text)
    .filter((spelling) => spelling !== '')
    .map((spelling) => [domain, 'prefix', beginningOf(letters(spelling), LONGEST_PREFIX)]);
}

/** The term of texts that are exactly this one, letter by letter. */
export function exactTerm(domain: string, text: string): Term {
  return [domain, 'exact', text.normalize('NFC')];
}

function partsOf(text: string): string[] {
  return spellings(text).flatMap((spelling) => [spelling, ...spelling.split(' ').slice(1)]);
}

function addPrefixes(prefixes: Set<string>, part: string): void {
  const all = letters(part);
  for (let length = 1; length <= Math.min(all.length, LONGEST_PREFIX); length += 1) {
    prefixes.add(beginningOf(all, length));
  }
}

/** A beginning never ends in a space: what is looked for was trimmed. */
function beginningOf(all: readonly string[], length: number): string {
  return all.slice(0, length).join('').trimEnd();
}

/** Code points: half a surrogate pair is no letter. */
function letters(text: string): string[] {
  return Array.from(text);
}

/** An identifier: by system and value, by value in any system, by value without a system, by its system. */
export function identifierTerms(domain: string, system: string | undefined, value: string): Term[] {
  const terms: Term[] = [
    [domain, 'value', value],
    system === undefined ? [domain, 'bare', value] : [domain, 'both', system, value],
  ];
  if (system !== undefined) terms.push([domain, 'system', system]);
  return terms;
}

/** The term that a search value of the type token asks for (`system|code`, `|code`, `code`, `system|`). */
export function tokenTerm(domain: string, { system, code }: { system?: string; code?: string }): Term {
  if (system === undefined) return [domain, 'value', code ?? ''];
  if (code === undefined) return [domain, 'system', system];
  return system === '' ? [domain, 'bare', code] : [domain, 'both', system, code];
}

/** A point of contact, by its kind (ContactPoint.system) and number or address. */
export function telecomTerm(domain: string, kind: string, value: string): Term {
  return [domain, kind, telecomForm(kind, value)];
}

/** One form for all ways to write a number or an address. */
export function telecomForm(kind: string, value: string): string {
  if (kind === 'email') return normaliseEmail(value);
  return kind === 'url' || kind === 'other' ? value.trim() : normalisePhone(value);
}
