import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/location.html */
export const locationSpec: TypeSpec = {
  name: 'Location',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    status: '0..1 Σ code(active | suspended | inactive)',
    operationalStatus: '0..1 Σ Coding',
    name: '0..1 Σ name',
    alias: '0..* name',
    description: '0..1 Σ string',
    mode: '0..1 Σ code(instance | kind)',
    type: '0..* Σ CodeableConcept',
    telecom: '0..* ContactPoint',
    address: '0..1 Address',
    physicalType: '0..1 Σ CodeableConcept',
    position: {
      is: '0..1',
      of: {
        longitude: '1..1 decimal',
        latitude: '1..1 decimal',
        altitude: '0..1 decimal',
      },
    },
    managingOrganization: '0..1 Σ Reference(Organization)',
    partOf: '0..1 Reference(Location)',
    hoursOfOperation: {
      is: '0..*',
      of: {
        daysOfWeek: '0..* code(mon | tue | wed | thu | fri | sat | sun)',
        allDay: '0..1 boolean',
        openingTime: '0..1 time',
        closingTime: '0..1 time',
      },
    },
    availabilityExceptions: '0..1 string',
    endpoint: '0..* Reference(Endpoint)',
  },
};
