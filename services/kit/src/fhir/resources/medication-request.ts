import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/medicationrequest.html */
export const medicationRequestSpec: TypeSpec = {
  name: 'MedicationRequest',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Identifier',
    status:
      '1..1 Σ code(active | on-hold | cancelled | completed | entered-in-error | stopped | draft | unknown)',
    statusReason: '0..1 CodeableConcept',
    intent:
      '1..1 Σ code(proposal | plan | order | original-order | reflex-order | filler-order | instance-order | option)',
    category: '0..* CodeableConcept',
    priority: '0..1 Σ code(routine | urgent | asap | stat)',
    doNotPerform: '0..1 Σ boolean',
    'reported[x]':
      '0..1 Σ boolean | Reference(Patient | Practitioner | PractitionerRole | RelatedPerson | Organization)',
    'medication[x]': '1..1 Σ CodeableConcept | Reference(Medication)',
    subject: '1..1 Σ Reference(Patient | Group)',
    encounter: '0..1 Reference(Encounter)',
    supportingInformation: '0..* Reference',
    authoredOn: '0..1 Σ dateTime',
    requester:
      '0..1 Σ Reference(Practitioner | PractitionerRole | Organization | Patient | RelatedPerson | Device)',
    performer:
      '0..1 Reference(Practitioner | PractitionerRole | Organization | Patient | Device | RelatedPerson | CareTeam)',
    performerType: '0..1 Σ CodeableConcept',
    recorder: '0..1 Reference(Practitioner | PractitionerRole)',
    reasonCode: '0..* CodeableConcept',
    reasonReference: '0..* Reference(Condition | Observation)',
    instantiatesCanonical: '0..* Σ canonical',
    instantiatesUri: '0..* Σ uri',
    basedOn: '0..* Σ Reference(CarePlan | MedicationRequest | ServiceRequest | ImmunizationRecommendation)',
    groupIdentifier: '0..1 Σ Identifier',
    courseOfTherapyType: '0..1 CodeableConcept',
    insurance: '0..* Reference(Coverage | ClaimResponse)',
    note: '0..* Annotation',
    dosageInstruction: '0..* Dosage',
    dispenseRequest: {
      is: '0..1',
      of: {
        initialFill: {
          is: '0..1',
          of: {
            quantity: '0..1 Quantity',
            duration: '0..1 Duration',
          },
        },
        dispenseInterval: '0..1 Duration',
        validityPeriod: '0..1 Period',
        numberOfRepeatsAllowed: '0..1 unsignedInt',
        quantity: '0..1 Quantity',
        expectedSupplyDuration: '0..1 Duration',
        performer: '0..1 Reference(Organization)',
      },
    },
    substitution: {
      is: '0..1',
      of: {
        'allowed[x]': '1..1 boolean | CodeableConcept',
        reason: '0..1 CodeableConcept',
      },
    },
    priorPrescription: '0..1 Reference(MedicationRequest)',
    detectedIssue: '0..* Reference(DetectedIssue)',
    eventHistory: '0..* Reference(Provenance)',
  },
};
