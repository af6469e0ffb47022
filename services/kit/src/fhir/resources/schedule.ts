import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/schedule.html */
export const scheduleSpec: TypeSpec = {
  name: 'Schedule',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    active: '0..1 Σ boolean',
    serviceCategory: '0..* Σ CodeableConcept',
    serviceType: '0..* Σ CodeableConcept',
    specialty: '0..* Σ CodeableConcept',
    actor:
      '1..* Σ Reference(Patient | Practitioner | PractitionerRole | RelatedPerson | Device | HealthcareService | Location)',
    planningHorizon: '0..1 Σ Period',
    comment: '0..1 string',
  },
};
