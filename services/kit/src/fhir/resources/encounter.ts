import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/encounter.html */
export const encounterSpec: TypeSpec = {
  name: 'Encounter',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    status:
      '1..1 Σ code(planned | arrived | triaged | in-progress | onleave | finished | cancelled | entered-in-error | unknown)',
    statusHistory: {
      is: '0..*',
      of: {
        status:
          '1..1 code(planned | arrived | triaged | in-progress | onleave | finished | cancelled | entered-in-error | unknown)',
        period: '1..1 Period',
      },
    },
    class: '1..1 Σ Coding',
    classHistory: {
      is: '0..*',
      of: {
        class: '1..1 Coding',
        period: '1..1 Period',
      },
    },
    type: '0..* Σ CodeableConcept',
    serviceType: '0..1 Σ CodeableConcept',
    priority: '0..1 CodeableConcept',
    subject: '0..1 Σ Reference(Patient | Group)',
    episodeOfCare: '0..* Σ Reference(EpisodeOfCare)',
    basedOn: '0..* Reference(ServiceRequest)',
    participant: {
      is: '0..* Σ',
      of: {
        type: '0..* Σ CodeableConcept',
        period: '0..1 Period',
        individual: '0..1 Σ Reference(Practitioner | PractitionerRole | RelatedPerson)',
      },
    },
    appointment: '0..* Σ Reference(Appointment)',
    period: '0..1 Period',
    length: '0..1 Duration',
    reasonCode: '0..* Σ CodeableConcept',
    reasonReference: '0..* Σ Reference(Condition | Procedure | Observation | ImmunizationRecommendation)',
    diagnosis: {
      is: '0..* Σ',
      of: {
        condition: '1..1 Σ Reference(Condition | Procedure)',
        use: '0..1 CodeableConcept',
        rank: '0..1 positiveInt',
      },
    },
    account: '0..* Reference(Account)',
    hospitalization: {
      is: '0..1',
      of: {
        preAdmissionIdentifier: '0..1 Identifier',
        origin: '0..1 Reference(Location | Organization)',
        admitSource: '0..1 CodeableConcept',
        reAdmission: '0..1 CodeableConcept',
        dietPreference: '0..* CodeableConcept',
        specialCourtesy: '0..* CodeableConcept',
        specialArrangement: '0..* CodeableConcept',
        destination: '0..1 Reference(Location | Organization)',
        dischargeDisposition: '0..1 CodeableConcept',
      },
    },
    location: {
      is: '0..*',
      of: {
        location: '1..1 Reference(Location)',
        status: '0..1 code(planned | active | reserved | completed)',
        physicalType: '0..1 CodeableConcept',
        period: '0..1 Period',
      },
    },
    serviceProvider: '0..1 Reference(Organization)',
    partOf: '0..1 Reference(Encounter)',
  },
};
