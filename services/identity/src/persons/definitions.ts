import {
  locationSchema,
  organizationSchema,
  patientSchema,
  practitionerRoleSchema,
  practitionerSchema,
  relatedPersonSchema,
} from '@careplane/kit';
import type { AccessPort, Resource, ResourceDefinition, SearchParameter } from '@careplane/kit';
import type { z } from 'zod';
import { attributesOf } from './attributes.ts';
import { KINDS } from './kinds/index.ts';
import { patientOperations } from './operations.ts';
import { PERSON_TYPES } from './person-record.ts';
import type { PersonType } from './person-record.ts';
import type { Persons } from './persons.ts';

const SCHEMAS: Readonly<Record<PersonType, z.ZodType<Resource>>> = {
  Patient: patientSchema,
  RelatedPerson: relatedPersonSchema,
  Practitioner: practitionerSchema,
  PractitionerRole: practitionerRoleSchema,
  Organization: organizationSchema,
  Location: locationSchema,
};

/** Persons and places over FHIR R4, for `createFhirRouter`. */
export function personDefinitions(persons: Persons, access: AccessPort): ResourceDefinition[] {
  return PERSON_TYPES.map((type) => {
    const kind = KINDS[type];
    const store = persons.of(type);
    const parameters = Object.entries(kind.parameters);
    return {
      type,
      documentation: kind.documentation,
      schema: SCHEMAS[type],
      keepsDecimals: true,
      attributes: (resource) => attributesOf(kind, resource),
      searchParameters: Object.fromEntries(
        parameters.map(([name, { parameter }]): [string, SearchParameter] => [name, parameter]),
      ),
      includes: parameters.filter(([, { parameter }]) => parameter.paths).map(([name]) => name),
      ...(type === 'Patient' ? { operations: patientOperations(persons, access) } : {}),
      store,
    };
  });
}
