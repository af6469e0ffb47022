import type { ResourceDefinition } from '../definition.ts';
import type { FhirRoute } from '../routes.ts';

export type Json = Readonly<Record<string, unknown>>;

const FHIR_JSON = 'application/fhir+json';

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request is not valid; `issue.expression` names the fields.',
  401: 'No access token, or none that is valid.',
  403: 'Role or scopes do not allow it.',
  404: 'There is none that the caller may know of.',
  405: 'The method is not served here.',
  406: 'The caller takes no FHIR JSON.',
  408: 'The request did not arrive in time.',
  409: 'The state of the resource does not allow it.',
  410: 'It was deleted, its patient was erased, or what the Idempotency-Key made is there no more.',
  412: 'If-Match names another version, or several resources match If-None-Exist.',
  413: 'The body is too large.',
  414: 'The address is too long.',
  415: 'The media type is not supported.',
  422: 'It is valid and still not possible.',
  428: 'If-Match is needed.',
  429: 'Too many requests; see Retry-After.',
  431: 'The header is too large.',
  500: 'A fault of the service.',
  502: 'The service behind the gateway answered nothing that can be read.',
  503: 'Temporarily unavailable; see Retry-After.',
  504: 'A service behind did not answer in time.',
};

const ALWAYS = [400, 401, 403, 404, 405, 406, 408, 413, 414, 415, 422, 429, 431, 500, 502, 503, 504];
const WRITES = [409, 412];

/** The answers of a route by status. */
export function answersOf(route: FhirRoute, definition: ResourceDefinition | undefined): Json {
  const isWrite = route.method !== 'GET' && !route.path.endsWith('/_search');
  const errors = [...ALWAYS, ...(isWrite ? WRITES : []), ...(ERRORS[route.action] ?? [])];
  const content = { [FHIR_JSON]: { schema: { $ref: '#/components/schemas/OperationOutcome' } } };
  return {
    ...(definition ? successOf(route, definition) : {}),
    ...Object.fromEntries(errors.map((status) => [status, { description: DESCRIPTIONS[status], content }])),
  };
}

const ERRORS: Readonly<Record<string, readonly number[]>> = {
  create: [410],
  read: [410],
  vread: [410],
  history: [410],
  update: [410, 428],
};

/** A content by itself, in its own media type. */
export const BYTES = { '*/*': { schema: { type: 'string', format: 'binary' } } } as const;

function successOf({ action }: FhirRoute, { type, native }: ResourceDefinition): Json {
  const refer = (name: string): Json => ({
    [FHIR_JSON]: { schema: { $ref: `#/components/schemas/${name}` } },
  });
  const one = { description: `The ${type}.`, headers: VERSION, content: refer(type) };
  const read = native ? { 200: withBytes(one), ...RANGE } : { 200: one };
  switch (action) {
    case 'read':
      return { ...read, 304: { description: 'The caller has this version.', headers: VERSION } };
    case 'vread':
      return read;
    case 'update':
      return { 200: one };
    case 'create':
      return {
        201: { ...one, headers: { ...VERSION, Location: text('Where it is.') } },
        200: { ...one, description: 'The one match.' },
      };
    case 'delete':
      return { 204: { description: 'It is deleted.' } };
    case 'search':
    case 'history':
      return { 200: { description: 'A Bundle.', content: refer('Bundle') } };
    default:
      return {
        200: { description: 'The result.', content: { [FHIR_JSON]: { schema: { type: 'object' } } } },
        201: { description: 'What it made.' },
        204: { description: 'It is done.' },
      };
  }
}

const RANGE = {
  206: { description: 'The range of its bytes.', content: BYTES },
  416: { description: 'It has no such range.' },
} as const;

function withBytes(one: { readonly content: Json }): Json {
  return { ...one, content: { ...one.content, ...BYTES } };
}

const text = (description: string): Json => ({ description, schema: { type: 'string' } });
const VERSION = { ETag: text('The version, as W/"1".'), 'Last-Modified': text('When it changed.') };
