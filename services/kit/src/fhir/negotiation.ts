import type { Request } from 'express';
import { HttpProblem, Invalid, PreconditionFailed, PreconditionRequired } from '../http/errors.ts';
import { FHIR_JSON } from './outcome.ts';

/** What FHIR calls JSON (hl7.org/fhir/R4/http.html#mime-type). */
const JSON_TYPES = new Set(['application/fhir+json', 'application/json', 'text/json']);
const ANY_TYPES = new Set([...JSON_TYPES, 'json', '*/*', 'application/*', 'text/*', '*']);

/**
 * Refuses a caller that takes no FHIR JSON: `_format` wins over `Accept`.
 * @throws HttpProblem 406
 */
export function requireJsonAccepted(req: Request, format: string | undefined): void {
  const accepted = format ?? req.get('accept') ?? '*/*';
  if (!accepted.split(',').some(isJsonRange)) {
    throw new HttpProblem(406, 'Not acceptable', { detail: 'Answers are application/fhir+json, FHIR 4.0' });
  }
}

/** Whether the caller asks for a resource whose content is bytes as FHIR JSON; any other wish is for the bytes (hl7.org/fhir/R4/binary.html#rest). */
export function wantsResource(req: Request, format: string | undefined): boolean {
  const accepted = format ?? req.get('accept') ?? '';
  return accepted.split(',').some((range) => {
    const [type = ''] = range.split(';');
    return (
      type.trim().toLowerCase().replace(' ', '+') === FHIR_JSON ||
      (format !== undefined && isJsonRange(range))
    );
  });
}

function isJsonRange(range: string): boolean {
  // a plus sign in a query that was not escaped arrives as a space
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  if (!ANY_TYPES.has(type.replace(' ', '+'))) return false;
  return parameters.every((parameter) => {
    const [name, value] = parameter.split('=').map((part) => part.trim());
    if (name === 'q') return Number(value) !== 0;
    return name !== 'fhirversion' || value?.replaceAll('"', '') === '4.0';
  });
}

/**
 * Refuses a body of another media type.
 * @throws HttpProblem 415
 */
export function requireJsonBody(req: Request): void {
  const type = (req.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!JSON_TYPES.has(type)) {
    throw new HttpProblem(415, 'The media type is not supported', {
      detail: 'Bodies are application/fhir+json',
    });
  }
}

/** What the caller prefers (RFC 7240; hl7.org/fhir/R4/http.html#return). */
export interface Preferences {
  readonly answer: 'representation' | 'minimal' | 'OperationOutcome';
  /** Search parameters that are not known are ignored rather than refused. */
  readonly isLenient: boolean;
}

export function preferencesOf(req: Request): Preferences {
  const wishes = (req.get('prefer') ?? '').split(/[,;]/).map((wish) => wish.trim());
  const answer = wishes.includes('return=minimal')
    ? 'minimal'
    : wishes.includes('return=OperationOutcome')
      ? 'OperationOutcome'
      : 'representation';
  return { answer, isLenient: wishes.includes('handling=lenient') };
}

const ENTITY_TAG = /^(?:W\/)?"([A-Za-z0-9.-]{1,64})"$/;

/**
 * The version that a change is made against. Whoever sends `*` does not know it: that is as good as nothing.
 * @throws PreconditionRequired when it is required and absent; PreconditionFailed for what is no version of ours; Invalid for several,
 * since only one can be what the change was made from
 */
export function ifMatchOf(req: Request, isRequired: boolean): string | undefined {
  const header = req.get('if-match')?.trim();
  if (header === undefined || header === '*') {
    if (isRequired) throw new PreconditionRequired('If-Match', 'with the version that was read, as W/"3"');
    return undefined;
  }
  if (header.includes(',')) throw new Invalid([{ path: 'http.if-match', message: 'one version, as W/"3"' }]);
  const version = ENTITY_TAG.exec(header)?.[1];
  if (version === undefined) throw new PreconditionFailed();
  return version;
}

/** Whether the caller has this version already (`If-None-Match`, compared weakly). */
export function hasVersion(req: Request, versionId: string): boolean {
  const header = req.get('if-none-match');
  if (header === undefined) return false;
  return header.split(',').some((tag) => {
    const trimmed = tag.trim();
    return trimmed === '*' || ENTITY_TAG.exec(trimmed)?.[1] === versionId;
  });
}
