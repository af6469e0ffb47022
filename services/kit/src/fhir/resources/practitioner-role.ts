import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/practitionerrole.html */
export const practitionerRoleSpec: TypeSpec = {
  name: 'PractitionerRole',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    active: '0..1 Σ boolean',
    period: '0..1 Σ Period',
    practitioner: '0..1 Σ Reference(Practitioner)',
    organization: '0..1 Σ Reference(Organization)',
    code: '0..* Σ CodeableConcept',
    specialty: '0..* Σ CodeableConcept',
    location: '0..* Σ Reference(Location)',
    healthcareService: '0..* Reference(HealthcareService)',
    telecom: '0..* Σ ContactPoint',
    availableTime: {
      is: '0..*',
      of: {
        daysOfWeek: '0..* code(mon | tue | wed | thu | fri | sat | sun)',
        allDay: '0..1 boolean',
        availableStartTime: '0..1 time',
        availableEndTime: '0..1 time',
      },
    },
    notAvailable: {
      is: '0..*',
      of: {
        description: '1..1 string',
        during: '0..1 Period',
      },
    },
    availabilityExceptions: '0..1 string',
    endpoint: '0..* Reference(Endpoint)',
  },
};
