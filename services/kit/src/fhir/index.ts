export { audited } from './audited.ts';
export { FHIR_BASE, baseUrlOf } from './base-url.ts';
export * from './bulk-export/index.ts';
export { criteriaClaims, findExisting, onlyMatch } from './conditional-create.ts';
export type { Condition, CriteriaClaim } from './conditional-create.ts';
export type {
  AccessPort,
  Created,
  CreateOptions,
  Deletion,
  Interaction,
  InteractionAudit,
  NativeContent,
  OperationDefinition,
  ResourceDefinition,
  ResourceStore,
} from './definition.ts';
export { withEverything } from './everything/everything.ts';
export type { EverythingOptions } from './everything/everything.ts';
export { Gone } from './gone.ts';
export { MOST_VERSIONS } from './history.ts';
export { isOwnLack, PURPOSE_HEADER, purposeOf } from './gate.ts';
export type { FhirOptions } from './interactions/context.ts';
export { keptLinkKey, linkKeyCollection } from './link-key.ts';
export { dataClassesOf } from './data-classes.ts';
export { definitionFaults } from './definition-faults.ts';
export { openApiDocument } from './openapi/document.ts';
export type { DocumentParts, PlainRoute } from './openapi/document.ts';
export { createOpenApiRouter } from './openapi/route.ts';
export { FHIR_JSON, isFhirPath, operationOutcome, outcomeOf } from './outcome.ts';
export type { OutcomeIssue } from './outcome.ts';
export { referenceOf, referencesAt, valuesAt } from './references.ts';
export type { ResourceReference } from './references.ts';
export type { Meta, Resource, Stored } from './resource.ts';
export * from './resources/index.ts';
export { ifMatchOf } from './negotiation.ts';
export { createFhirRouter } from './router.ts';
export { resourcePart } from './resource-part.ts';
export type { ResourcePart } from './resource-part.ts';
export { fhirRoutes } from './routes.ts';
export type { FhirRoute } from './routes.ts';
export { resourceFaults } from './schema/faults.ts';
export { schemaOf } from './schema/compile.ts';
export { name as personName } from './schema/primitives.ts';
export type {
  Comparison,
  SearchFilter,
  SearchPage,
  SearchParameter,
  SearchParameterType,
  SearchQuery,
  SearchValue,
} from './search.ts';
export { constraintToMongo } from './search/constraint-to-mongo.ts';
export type { AttributeMap, AttributePath } from './search/constraint-to-mongo.ts';
export { keysetOf } from './search/keyset.ts';
export type { Keyset, SortPaths } from './search/keyset.ts';
export { normalizeText } from './search/normalize.ts';
export { toMongoFilter } from './search/to-mongo.ts';
export type { MongoMap, SearchField } from './search/to-mongo.ts';
export { intervalOf, isFutureDate } from './search/dates.ts';
