import type { z } from 'zod';
import { FHIR_BASE } from '../base-url.ts';
import type { OperationDefinition, ResourceDefinition } from '../definition.ts';
import { fhirRoutes } from '../routes.ts';
import type { FhirRoute } from '../routes.ts';
import { servedIncludes } from '../includes.ts';
import { parametersOf } from './parameters.ts';
import { answersOf, BYTES } from './responses.ts';
import type { Json } from './responses.ts';
import { componentsFor, jsonSchemaOf, typeOfSchema } from './schemas.ts';

/** A route beside FHIR's, such as one of an administrator's. */
export interface PlainRoute {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As OpenAPI writes it: `/admin/apps/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  /** Of what is sent. Default `application/json`. */
  readonly bodyMediaType?: string;
  readonly query?: z.ZodObject;
  /** By status: what is answered; `undefined`: no body. */
  readonly answers: Readonly<Record<number, z.ZodType | undefined>>;
  /** Of what is answered. Default `application/json`. */
  readonly mediaType?: string;
  /** Whether it is answered without a token. Default false. */
  readonly isPublic?: boolean;
}

export interface DocumentParts {
  /** The service. */
  readonly name: string;
  readonly description: string;
  readonly version?: string;
  readonly definitions: readonly ResourceDefinition[];
  readonly routes?: readonly PlainRoute[];
}

/** The OpenAPI 3.1 document of a service, from the schemas that its routes check by. */
export function openApiDocument(parts: DocumentParts): Json {
  const { name, description, version = '0.1.0', definitions, routes = [] } = parts;
  const paths: Record<string, Record<string, Json>> = {};
  const add = (path: string, method: string, operation: Json): void => {
    paths[path] = { ...paths[path], [method]: operation };
  };
  for (const route of fhirRoutes(definitions)) {
    const found = definitions.find(({ type }) => type === route.type);
    const definition = found && { ...found, includes: servedIncludes({ definitions }, found) };
    if (definition) add(templateOf(route), route.method.toLowerCase(), operationOf(route, definition));
  }
  add('/fhir/R4/metadata', 'get', metadata());
  for (const route of routes) add(route.path, route.method, plainOperation(route));
  return {
    openapi: '3.1.0',
    info: {
      title: `Careplane ${name}`,
      description,
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An access token with SMART scopes.',
        },
      },
      schemas: componentsFor(definitions.flatMap(typesOf)),
    },
  };
}

/** The types whose schemas the routes of a definition refer to. */
function typesOf({ type, operations = [] }: ResourceDefinition): string[] {
  return [type, ...operations.flatMap(({ body }) => (body && typeOfSchema(body)) ?? [])];
}

/** Express writes `:id`, OpenAPI `{id}`. */
function templateOf({ path }: FhirRoute): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

const FHIR_JSON = 'application/fhir+json';
const JSON_TYPE = 'application/json';

function operationOf(route: FhirRoute, definition: ResourceDefinition): Json {
  const operation = definition.operations?.find(({ name }) => name === route.action);
  return {
    operationId: operationIdOf(route),
    tags: [route.type],
    summary: operation?.documentation ?? `${SUMMARIES[route.action] ?? route.action} ${route.type}`,
    description: definition.documentation,
    parameters: parametersOf(route, definition),
    ...bodyOf(route, definition, operation),
    responses: answersOf(route, definition),
  };
}

const SUMMARIES: Readonly<Record<string, string>> = {
  read: 'Reads one',
  vread: 'Reads a version of one',
  history: 'Lists the versions of one',
  search: 'Searches',
  create: 'Creates one',
  update: 'Replaces one',
  delete: 'Deletes one',
};

function operationIdOf({ method, path, type, action }: FhirRoute): string {
  const suffix = path.endsWith('/_search') ? 'ByPost' : '';
  const level = action.startsWith('$') ? `${path.includes(':id') ? 'Instance' : 'Type'}${method}` : '';
  return `${action.replace('$', '')}${type}${level}${suffix}`;
}

function bodyOf(
  { action, method, path }: FhirRoute,
  { type, searchParameters, native }: ResourceDefinition,
  operation: OperationDefinition | undefined,
): Json {
  if (path.endsWith('/_search')) {
    const properties = Object.fromEntries(
      Object.keys(searchParameters).map((name) => [name, { type: 'string' }]),
    );
    return {
      requestBody: {
        content: { 'application/x-www-form-urlencoded': { schema: { type: 'object', properties } } },
      },
    };
  }
  if (action === 'create' || action === 'update') {
    const schema = { $ref: `#/components/schemas/${type}` };
    const content = { [FHIR_JSON]: { schema }, ...(native ? BYTES : {}) };
    return { requestBody: { required: true, content } };
  }
  if (method !== 'POST' || !operation?.body) return {};
  const named = typeOfSchema(operation.body);
  const schema = named ? { $ref: `#/components/schemas/${named}` } : jsonSchemaOf(operation.body);
  return { requestBody: { required: true, content: { [FHIR_JSON]: { schema } } } };
}

function metadata(): Json {
  const schema = {
    type: 'object',
    required: ['resourceType'],
    properties: { resourceType: { const: 'CapabilityStatement' } },
  };
  return {
    operationId: 'metadata',
    summary: 'The CapabilityStatement',
    security: [],
    responses: {
      200: { description: 'What this service can do.', content: { [FHIR_JSON]: { schema } } },
      ...answersOf({ method: 'GET', path: '', type: '', action: 'metadata' as never }, undefined),
    },
  };
}

const PROBLEM = {
  description: 'A problem (RFC 9457).',
  content: { 'application/problem+json': { schema: { type: 'object' } } },
};
/** Below the FHIR base every error is one. */
const FHIR_ERROR = {
  description: 'An OperationOutcome.',
  content: { [FHIR_JSON]: { schema: { $ref: '#/components/schemas/OperationOutcome' } } },
};

function plainOperation(route: PlainRoute): Json {
  const { mediaType = JSON_TYPE, bodyMediaType = JSON_TYPE } = route;
  const schemaAt = (schema: z.ZodType, type: string): Json => ({
    content: { [type]: { schema: jsonSchemaOf(schema) } },
  });
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const query = route.query ? Object.entries(route.query.shape) : [];
  return {
    operationId: `${route.method}${route.path.replaceAll(/[^A-Za-z0-9]+(\w?)/g, (_, next: string) => next.toUpperCase())}`,
    summary: route.summary,
    ...(route.isPublic === true ? { security: [] } : {}),
    parameters: [
      ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...query.map(([name, schema]) => ({ name, in: 'query', schema: jsonSchemaOf(schema as z.ZodType) })),
    ],
    ...(route.body ? { requestBody: { required: true, ...schemaAt(route.body, bodyMediaType) } } : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, schema]) => [
          status,
          { description: `Status ${status}.`, ...(schema ? schemaAt(schema, mediaType) : {}) },
        ]),
      ),
      default: route.path.startsWith(`${FHIR_BASE}/`) ? FHIR_ERROR : PROBLEM,
    },
  };
}
