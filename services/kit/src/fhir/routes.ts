import type { Action } from '@careplane/access';
import { FHIR_BASE } from './base-url.ts';
import type { ResourceDefinition } from './definition.ts';

/** One route of a FHIR server, as the CapabilityStatement, OpenAPI, the access matrix and the tests know it. */
export interface FhirRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As Express writes it: `/fhir/R4/Patient/:id`. */
  readonly path: string;
  readonly type: string;
  readonly action: Action;
}

/** Every route of these definitions: what a store cannot do has none. */
export function fhirRoutes(definitions: readonly ResourceDefinition[]): FhirRoute[] {
  return definitions.flatMap((definition) => [
    ...operationRoutes(definition),
    ...interactionRoutes(definition),
  ]);
}

function operationRoutes({ type, operations = [] }: ResourceDefinition): FhirRoute[] {
  return operations.flatMap(({ name, level, methods }) =>
    methods.map((method): FhirRoute => {
      const at = level === 'instance' ? `${type}/:id` : type;
      return { method, path: `${FHIR_BASE}/${at}/${name}`, type, action: name };
    }),
  );
}

function interactionRoutes({ type, store }: ResourceDefinition): FhirRoute[] {
  const all = `${FHIR_BASE}/${type}`;
  const one = `${all}/:id`;
  const routes: readonly (readonly [keyof typeof store, FhirRoute['method'], string, Action])[] = [
    ['search', 'GET', all, 'search'],
    ['search', 'POST', `${all}/_search`, 'search'],
    ['create', 'POST', all, 'create'],
    ['read', 'GET', one, 'read'],
    ['update', 'PUT', one, 'update'],
    ['delete', 'DELETE', one, 'delete'],
    ['history', 'GET', `${one}/_history`, 'history'],
    ['vread', 'GET', `${one}/_history/:versionId`, 'vread'],
  ];
  return routes
    .filter(([operation]) => store[operation] !== undefined)
    .map(([, method, path, action]) => ({ method, path, type, action }));
}
