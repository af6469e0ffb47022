/** What this service uses of the kit's FHIR server, in one place. */
export {
  appointmentSchema,
  createFhirRouter,
  scheduleSchema,
  slotSchema,
  toMongoFilter,
  withEverything,
} from '@careplane/kit';
export type {
  AccessPort,
  Comparison,
  Created,
  CreateOptions,
  Interaction,
  MongoMap,
  Resource,
  ResourceDefinition,
  SearchFilter,
  SearchPage,
  SearchParameter,
  SearchQuery,
  SearchValue,
  Stored,
} from '@careplane/kit';
