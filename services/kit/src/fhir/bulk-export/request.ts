import type { Request } from 'express';
import { Invalid } from '../../http/errors.ts';
import { queryTextOf } from '../interactions/context.ts';
import { preferencesOf } from '../negotiation.ts';
import { intervalOf } from '../search/dates.ts';
import { pairsOf } from '../search/pairs.ts';
import type { Pair } from '../search/pairs.ts';
import { readAll, UNKNOWN } from '../search/readings.ts';
import type { Reading } from '../search/readings.ts';

/** What a kick-off asks for (hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters). */
export interface KickOff {
  /** Absent: all types. */
  readonly types?: readonly string[];
  readonly since?: Date;
}

const FORMATS: ReadonlySet<string> = new Set([
  'application/fhir+ndjson',
  'application/fhir ndjson', // a plus sign that was not escaped
  'application/ndjson',
  'ndjson',
]);

/** Of the guide, and not served. */
const UNSERVED: ReadonlySet<string> = new Set([
  '_typeFilter',
  '_elements',
  'includeAssociatedData',
  'organizeOutputBy',
  'patient',
]);

/** `2021-01-01T00:00:00Z`: an instant has a time and a zone. */
const INSTANT = /T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * The parameters of a kick-off.
 * @param known the types that are exported here
 * @throws Invalid (400) naming each parameter that is unknown, not served or wrong; `Prefer: handling=lenient` leaves out the former two
 */
export function kickOffOf(req: Request, known: readonly string[]): KickOff {
  const { isLenient } = preferencesOf(req);
  const pairs = pairsOf(queryTextOf(req));
  const { said, faults } = readAll<KickOff>(pairs, (pair) => readingOf(pair, { known, isLenient }));
  if (!isAsynchronous(req)) throw new Invalid([{ path: 'http.prefer', message: 'respond-async' }, ...faults]);
  if (faults.length > 0) throw new Invalid(faults);
  return said;
}

function isAsynchronous(req: Request): boolean {
  return (req.get('prefer') ?? '').split(/[,;]/).some((wish) => wish.trim() === 'respond-async');
}

interface Known {
  readonly known: readonly string[];
  readonly isLenient: boolean;
}

function readingOf({ name, value }: Pair, { known, isLenient }: Known): Reading<KickOff> {
  switch (name) {
    case '_outputFormat':
      return FORMATS.has(value) ? {} : { fault: 'application/fhir+ndjson' };
    case '_since':
      return sinceOf(value);
    case '_type':
      return typesOf(value, { known, isLenient });
    case '_format':
    case '_pretty':
      return {};
    default:
      if (isLenient) return {};
      return UNSERVED.has(name) ? { fault: 'this parameter is not served' } : UNKNOWN;
  }
}

function sinceOf(value: string): Reading<KickOff> {
  const interval = INSTANT.test(value) ? intervalOf(value) : undefined;
  return interval ? { since: new Date(interval.start) } : { fault: 'an instant' };
}

function typesOf(value: string, { known, isLenient }: Known): Reading<KickOff> {
  const types = [...new Set(value.split(',').map((type) => type.trim()))];
  const served = types.filter((type) => known.includes(type));
  if (served.length === types.length || (isLenient && served.length > 0)) return { types: served };
  return { fault: `types that are exported: ${known.join(', ')}` };
}
