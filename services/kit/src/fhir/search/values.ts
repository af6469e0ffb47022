import type { Comparison, SearchParameter, SearchValue } from '../search.ts';
import { intervalOf } from './dates.ts';

/** What a value is read with. */
export interface ValueContext {
  readonly parameter: SearchParameter;
  readonly modifier: string | undefined;
  /** The public base: references to it are ours. */
  readonly base: string;
}

const COMPARISON = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[\d-])/;
const ID = /^[A-Za-z0-9.-]{1,64}$/;
const TYPE = /^[A-Z][A-Za-z]{1,63}$/;

/** Splits at a separator that is not escaped by a backslash, and leaves the escapes (hl7.org/fhir/R4/search.html#escaping). */
export function splitEscaped(text: string, separator: ',' | '|'): string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === separator) parts.push('');
    else {
      const isEscape = char === '\\' && at + 1 < text.length;
      parts.push(`${parts.pop() ?? ''}${isEscape ? text.slice(at, at + 2) : char}`);
      if (isEscape) at += 1;
    }
  }
  return parts;
}

/** Takes the escapes of `,`, `|`, `$` and `\` away. */
export function unescapeValue(text: string): string {
  return text.replaceAll(/\\([\\,|$])/g, '$1');
}

/**
 * One value of a parameter by its type.
 * @returns undefined for a text that is no value of the type
 */
export function parseValue(text: string, context: ValueContext): SearchValue | undefined {
  if (text === '' || !text.isWellFormed()) return undefined;
  return PARSERS[context.parameter.type](text, context);
}

const PARSERS: Readonly<
  Record<SearchParameter['type'], (text: string, context: ValueContext) => SearchValue | undefined>
> = {
  token: parseToken,
  string: (text) => ({ type: 'string', value: unescapeValue(text) }),
  uri: (text) => ({ type: 'uri', value: unescapeValue(text) }),
  reference: parseReference,
  number: parseNumber,
  date: parseDate,
};

/** `code`, `system|code`, `|code` (no system: an empty one), `system|`. */
function parseToken(text: string): SearchValue | undefined {
  const parts = splitEscaped(text, '|').map(unescapeValue);
  const [first = '', second] = parts;
  if (second === undefined) return { type: 'token', code: first };
  if (parts.length > 2 || (first === '' && second === '')) return undefined;
  return { type: 'token', system: first, ...(second === '' ? {} : { code: second }) };
}

function parseReference(text: string, context: ValueContext): SearchValue | undefined {
  const local = text.startsWith(`${context.base}/`) ? text.slice(context.base.length + 1) : text;
  const [first = '', second, ...others] = local.split('/');
  if (others.length > 0) return undefined;
  if (second !== undefined) return reference(first, second);
  const only = context.parameter.targets?.length === 1 ? context.parameter.targets[0] : undefined;
  return reference(context.modifier ?? only, first);
}

function reference(target: string | undefined, id: string): SearchValue | undefined {
  if (!ID.test(id) || (target !== undefined && !TYPE.test(target))) return undefined;
  return { type: 'reference', id, ...(target === undefined ? {} : { target }) };
}

function parseNumber(text: string): SearchValue | undefined {
  const { comparison, rest } = compared(text);
  if (!/^-?\d{1,15}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?$/.test(rest)) return undefined;
  return { type: 'number', comparison, value: Number(rest) };
}

function parseDate(text: string): SearchValue | undefined {
  const { comparison, rest } = compared(text);
  // the plus sign of a zone arrives as a space when it was not escaped
  const interval = intervalOf(rest.replace(' ', '+'));
  return interval && { type: 'date', comparison, ...interval };
}

function compared(text: string): { comparison: Comparison; rest: string } {
  const prefix = COMPARISON.exec(text)?.[1];
  return { comparison: (prefix ?? 'eq') as Comparison, rest: prefix === undefined ? text : text.slice(2) };
}
