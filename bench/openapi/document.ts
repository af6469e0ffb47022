type Json = Record<string, unknown>;

/** What of an OpenAPI document is read here. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Json }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

const TEXT = { type: 'string', minLength: 1 };
/** An extension holds any datatype and each datatype holds extensions: a generator spends its minutes on that alone. */
const SIMPLE: Readonly<Record<string, Json>> = {
  Extension: {
    type: 'object',
    properties: { url: { type: 'string', format: 'uri' }, valueString: TEXT },
    required: ['url', 'valueString'],
    additionalProperties: false,
  },
  Element: { type: 'object', properties: { id: TEXT }, required: ['id'], additionalProperties: false },
};

/**
 * The document that requests are made up from: the service's own with simpler extensions, and of answers the statuses, the
 * media types and the resource types. Whether an answer is valid in every element is what HAPI's validator says.
 */
export function documentForRequests(document: OpenApi): Json {
  const schemas = { ...document.components.schemas, ...SIMPLE };
  const { Reference: reference = {} } = schemas;
  const properties = Object.fromEntries(
    Object.entries(reference['properties'] as Json).filter(([name]) => name !== 'identifier'),
  );
  return {
    ...document,
    paths: mapped(document.paths, (path) =>
      mapped(path, (operation) => ({ ...operation, responses: mapped(operation.responses, withTypeOnly) })),
    ),
    components: {
      ...document.components,
      schemas: { ...schemas, Reference: { ...reference, properties }, ...typesIn(schemas) },
    },
  };
}

/** Of each resource type what every answer of it has. */
function typesIn(schemas: Readonly<Record<string, Json>>): Json {
  const types = Object.keys(schemas).filter((name) => isResource(schemas[name]));
  return Object.fromEntries(
    types.map((type) => [
      `${type}Answer`,
      { type: 'object', required: ['resourceType'], properties: { resourceType: { const: type } } },
    ]),
  );
}

function isResource(schema: Json | undefined): boolean {
  const properties = schema?.['properties'] as Json | undefined;
  return properties?.['resourceType'] !== undefined;
}

/** Every schema of a resource type, also within, becomes that of its answers. */
function withTypeOnly(response: unknown): unknown {
  const text = JSON.stringify(response).replaceAll(
    /"#\/components\/schemas\/(\w+)"/g,
    '"#/components/schemas/$1Answer"',
  );
  return JSON.parse(text);
}

function mapped<T>(record: Readonly<Record<string, T>>, change: (value: T) => unknown): Json {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
