import type { Request } from 'express';
import { baseUrlOf } from './base-url.ts';
import { servedIncludes } from './includes.ts';
import type { OperationDefinition, ResourceDefinition } from './definition.ts';
import type { FhirOptions } from './interactions/context.ts';
import type { Resource } from './resource.ts';
import { fhirRoutes } from './routes.ts';
import { allParameters, servesConditionalCreate } from './served.ts';

/** When this process started: the statement is made from its code. */
const STARTED = new Date().toISOString();

/** The CapabilityStatement of a service, from its definitions (hl7.org/fhir/R4/capabilitystatement.html). */
export function capabilityStatement(options: FhirOptions, req: Request): Resource {
  const base = baseUrlOf(req);
  const { name = 'Careplane', version = '0.1.0' } = options.software ?? {};
  const isExported = options.definitions.some(({ exports }) => exports !== undefined);
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: STARTED,
    kind: 'instance',
    ...(isExported ? { instantiates: [BULK_DATA] } : {}),
    software: { name, version },
    implementation: { description: `FHIR R4 of ${name}`, url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        security: securityAt(base),
        ...(options.bundles ? { interaction: [{ code: 'transaction' }, { code: 'batch' }] } : {}),
        ...(options.definitions.length === 0
          ? {}
          : { resource: options.definitions.map((one) => resourceOf(options, one)) }),
        ...(isExported ? { operation: [EXPORT] } : {}),
      },
    ],
  };
}

/** Bulk Data Access, STU 2. */
const BULK_DATA = 'http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data';
const EXPORT = {
  name: 'export',
  definition: 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export',
  documentation: 'All resources that the app may have, as NDJSON files; asynchronously.',
};

const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

function securityAt(base: string): object {
  const origin = base.slice(0, -'/fhir/R4'.length);
  const uris = { authorize: 'authorize', token: 'token' };
  return {
    cors: true,
    service: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
            code: 'SMART-on-FHIR',
          },
        ],
        text: 'OAuth 2 with SMART on FHIR',
      },
    ],
    extension: [
      {
        url: OAUTH_URIS,
        extension: Object.entries(uris).map(([url, path]) => ({ url, valueUri: `${origin}/oauth2/${path}` })),
      },
    ],
  };
}

/** What `rest.resource.interaction` calls them; operations are listed by themselves. */
const INTERACTION_CODES: Readonly<Record<string, string>> = {
  read: 'read',
  vread: 'vread',
  update: 'update',
  delete: 'delete',
  history: 'history-instance',
  create: 'create',
  search: 'search-type',
};

function resourceOf(options: FhirOptions, definition: ResourceDefinition): object {
  const { type, documentation, store, operations = [], requiresIfMatch = true } = definition;
  const actions = new Set(fhirRoutes([definition]).map(({ action }) => action));
  const interactions = [...actions].flatMap((action) => INTERACTION_CODES[action] ?? []);
  return {
    type,
    profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
    documentation,
    ...(interactions.length === 0 ? {} : { interaction: interactions.map((code) => ({ code })) }),
    versioning: store.update && requiresIfMatch ? 'versioned-update' : 'versioned',
    readHistory: store.history !== undefined,
    ...(store.update ? { updateCreate: false } : {}),
    ...(store.create ? { conditionalCreate: servesConditionalCreate(definition) } : {}),
    conditionalRead: 'not-match',
    conditionalUpdate: false,
    conditionalDelete: 'not-supported',
    ...listed(
      'searchInclude',
      servedIncludes(options, definition).map((name) => `${type}:${name}`),
    ),
    ...(store.search ? { searchParam: searchParametersOf(definition) } : {}),
    ...listed(
      'operation',
      operations.map((operation) => operationOf(type, operation)),
    ),
  };
}

function listed(name: string, values: readonly unknown[]): object {
  return values.length === 0 ? {} : { [name]: values };
}

function searchParametersOf(definition: ResourceDefinition): readonly object[] {
  return Object.entries(allParameters(definition)).map(([name, parameter]) => ({
    name,
    ...(parameter.definition === undefined ? {} : { definition: parameter.definition }),
    type: parameter.type,
    documentation: documented(parameter),
  }));
}

function documented({
  documentation,
  modifiers = [],
}: {
  documentation: string;
  modifiers?: readonly string[];
}): string {
  return modifiers.length === 0 ? documentation : `${documentation} Modifiers: ${modifiers.join(', ')}.`;
}

function operationOf(type: string, { name, documentation }: OperationDefinition): object {
  const definition = `http://hl7.org/fhir/OperationDefinition/${type}-${name.slice(1)}`;
  return { name: name.slice(1), definition, documentation };
}
