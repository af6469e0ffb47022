import { z } from 'zod';
import { isNumber } from '../../exact-json.ts';
import { intervalOf } from '../search/dates.ts';
import { narrativeFault } from './narrative.ts';

const CONTROL = /\p{Cc}/u;
const CONTROL_BUT_WHITESPACE = /[^\P{Cc}\t\n\r]/u;
/** Line separators, and what turns the direction of the text that follows. */
const MISLEADING = /[\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

const text = z
  .string()
  .min(1, { error: 'an empty string is no value', abort: true })
  .refine((value) => value.isWellFormed(), 'lone surrogate');

const string = text.refine((value) => !CONTROL_BUT_WHITESPACE.test(value), 'control character');

/** White space, and what Unicode has to be shown as nothing: zero-width spaces, fillers, tags. */
const UNSEEN = /^[\s\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]*$/u;

/** What people read as a name: nothing in it may hide or mislead. */
export const name = text
  .refine((value) => !CONTROL.test(value), 'control character')
  .refine((value) => !MISLEADING.test(value), 'character that changes the direction of text')
  .refine((value) => !UNSEEN.test(value), 'only white space');

const matching = (pattern: RegExp, what: string): z.ZodString =>
  z.string().regex(pattern, { error: `must be ${what}`, abort: true });

const uri = text.regex(/^\S+$/, 'must be a URI').refine((value) => !CONTROL.test(value), 'control character');

/** Schemes whose address is itself what a browser runs or shows, with the rights of the page that links to it. */
const SCRIPT = /^(?:javascript|vbscript|data):/i;

const DATE = /^\d{4}(?:-\d{2}(?:-\d{2})?)?$/;
const DATE_TIME = /^\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2}))?)?)?$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** A date of one form that exists in the calendar; the year 0000 does not. */
const dated = (pattern: RegExp, what: string): z.ZodString =>
  matching(pattern, what).refine((value) => intervalOf(value) !== undefined, 'there is no such date');

const INTEGER = 2_147_483_647;

function isBase64(value: string): boolean {
  const compact = value.replaceAll(/\s/g, '');
  return compact.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(compact);
}

/** The primitive types of R4 (hl7.org/fhir/R4/datatypes.html#primitive). Partial dates are dates. */
export const PRIMITIVES: Readonly<Record<string, z.ZodType>> = {
  base64Binary: z.string().refine(isBase64, 'must be base64'),
  boolean: z.boolean(),
  canonical: uri,
  code: matching(/^\S+(?:\s\S+)*$/, 'a code')
    .refine((value) => value.isWellFormed(), 'lone surrogate')
    .refine((value) => !CONTROL.test(value), 'control character'),
  date: dated(DATE, 'a date: YYYY, YYYY-MM or YYYY-MM-DD'),
  dateTime: dated(DATE_TIME, 'a date, or a date and time with seconds and zone'),
  decimal: z.custom<number>(isNumber, 'must be a number').meta({ type: 'number' }),
  id: matching(/^[A-Za-z0-9.-]{1,64}$/, 'an id: letters, digits, - and ., at most 64'),
  instant: dated(INSTANT, 'a date and time with seconds and zone'),
  integer: z
    .int()
    .min(-INTEGER - 1)
    .max(INTEGER),
  markdown: string,
  name,
  oid: matching(/^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/, 'an OID'),
  positiveInt: z.int().min(1).max(INTEGER),
  string,
  time: matching(/^(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?$/, 'a time with seconds'),
  unsignedInt: z.int().min(0).max(INTEGER),
  uri,
  url: uri.refine((value) => !SCRIPT.test(value), 'an address that runs as a script is not allowed'),
  uuid: matching(/^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'a UUID'),
  xhtml: text.superRefine((value, context) => {
    const fault = narrativeFault(value);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  }),
};
