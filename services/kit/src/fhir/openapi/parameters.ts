import type { ResourceDefinition } from '../definition.ts';
import { PURPOSE_HEADER } from '../gate.ts';
import { MOST_VERSIONS } from '../history.ts';
import { MOST_INCLUDED, MOST_INCLUDES } from '../includes.ts';
import type { FhirRoute } from '../routes.ts';
import { MOST_ON_A_PAGE } from '../search/result-parameters.ts';
import { allParameters, servesConditionalCreate } from '../served.ts';
import type { Json } from './responses.ts';

const ID = { type: 'string', pattern: '^[A-Za-z0-9.-]{1,64}$' };

/** The parameters of a route: in its path, its query and its headers. */
export function parametersOf(route: FhirRoute, definition: ResourceDefinition): Json[] {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: ID,
  }));
  return [
    ...inPath,
    ...(route.method === 'GET' ? queryOf(route, definition) : []),
    ...headersOf(route, definition),
  ];
}

function queryOf({ action }: FhirRoute, definition: ResourceDefinition): Json[] {
  if (action === 'search') return [...searchParametersOf(definition), ...resultParametersOf(definition)];
  if (action === 'history') return OF_HISTORY;
  return action === 'read' || action === 'vread' ? SHAPE : [];
}

const query = (name: string, description: string, schema: Json): Json => ({
  name,
  in: 'query',
  description,
  schema,
});

const SHAPE: Json[] = [
  query('_elements', 'Elements of the answer, by comma.', { type: 'string' }),
  query('_summary', 'Which part of the resource.', { enum: ['true', 'text', 'data', 'false'] }),
];

const OF_HISTORY: Json[] = [
  query('_count', `Most versions of a page, up to ${String(MOST_VERSIONS)}.`, {
    type: 'integer',
    minimum: 0,
  }),
  query('_since', 'Versions from this time on.', { type: 'string' }),
];

function searchParametersOf(definition: ResourceDefinition): Json[] {
  return Object.entries(allParameters(definition)).flatMap(([name, parameter]) => [
    query(name, `${parameter.documentation} (${parameter.type})`, { type: 'string' }),
    ...(parameter.modifiers ?? []).map((modifier) =>
      query(
        `${name}:${modifier}`,
        `${parameter.documentation} (${parameter.type}, ${modifier})`,
        schemaOf(modifier),
      ),
    ),
  ]);
}

function schemaOf(modifier: string): Json {
  return modifier === 'missing' ? { enum: ['true', 'false'] } : { type: 'string' };
}

const INCLUDED = `At most ${String(MOST_INCLUDES)} of them, and ${MOST_INCLUDED.toLocaleString('en')} resources.`;

function resultParametersOf(definition: ResourceDefinition): Json[] {
  const { type, includes = [] } = definition;
  const parameters = allParameters(definition);
  const sortable = Object.keys(parameters).filter((name) => parameters[name]?.sortable);
  return [
    query('_count', `Resources a page; more than ${String(MOST_ON_A_PAGE)} are ${String(MOST_ON_A_PAGE)}.`, {
      type: 'integer',
      minimum: 0,
    }),
    query('_cursor', 'Where the page begins: from a link `next`.', { type: 'string' }),
    query('_sort', `By comma, each with - for descending: ${sortable.join(', ')}.`, { type: 'string' }),
    query('_total', 'Whether the total is counted.', { enum: ['none', 'estimate', 'accurate'] }),
    query('_summary', 'Which part of the resources.', { enum: ['true', 'text', 'data', 'count', 'false'] }),
    query('_elements', 'Elements of the answer, by comma.', { type: 'string' }),
    ...(includes.length === 0
      ? []
      : [
          query('_include', `What the matches refer to. ${INCLUDED}`, {
            enum: includes.map((name) => `${type}:${name}`),
          }),
        ]),
    query('_revinclude', `What refers to the matches. ${INCLUDED}`, { type: 'string' }),
  ];
}

const header = (name: string, description: string, isRequired = false): Json => ({
  name,
  in: 'header',
  description,
  ...(isRequired ? { required: true } : {}),
  schema: { type: 'string' },
});

function headersOf({ action }: FhirRoute, definition: ResourceDefinition): Json[] {
  const { requiresIfMatch = true } = definition;
  const prefer = header('Prefer', 'return=minimal, return=representation or return=OperationOutcome.');
  const purpose = header(PURPOSE_HEADER, 'Why the data is used: a code of v3-ActReason.');
  switch (action) {
    case 'create':
      return [
        purpose,
        prefer,
        header('Idempotency-Key', 'The same key gives the same resource.'),
        ...(servesConditionalCreate(definition)
          ? [header('If-None-Exist', 'A search: its one match is answered instead.')]
          : []),
      ];
    case 'update':
      return [
        purpose,
        prefer,
        header('If-Match', 'The version that is replaced, as W/"1".', requiresIfMatch),
      ];
    case 'delete':
      return [purpose, header('If-Match', 'The version that is deleted, as W/"1".')];
    case 'read':
      return [purpose, header('If-None-Match', 'The version that the caller has.')];
    case 'search':
      return [purpose, header('Prefer', 'handling=lenient ignores unknown parameters.')];
    default:
      return [purpose];
  }
}
