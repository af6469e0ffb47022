import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/immunization.html */
export const immunizationSpec: TypeSpec = {
  name: 'Immunization',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Identifier',
    status: '1..1 Σ code(completed | entered-in-error | not-done)',
    statusReason: '0..1 CodeableConcept',
    vaccineCode: '1..1 Σ CodeableConcept',
    patient: '1..1 Σ Reference(Patient)',
    encounter: '0..1 Reference(Encounter)',
    'occurrence[x]': '1..1 Σ dateTime | string',
    recorded: '0..1 dateTime',
    primarySource: '0..1 Σ boolean',
    reportOrigin: '0..1 CodeableConcept',
    location: '0..1 Reference(Location)',
    manufacturer: '0..1 Reference(Organization)',
    lotNumber: '0..1 string',
    expirationDate: '0..1 date',
    site: '0..1 CodeableConcept',
    route: '0..1 CodeableConcept',
    doseQuantity: '0..1 Quantity',
    performer: {
      is: '0..* Σ',
      of: {
        function: '0..1 Σ CodeableConcept',
        actor: '1..1 Σ Reference(Practitioner | PractitionerRole | Organization)',
      },
    },
    note: '0..* Σ Annotation',
    reasonCode: '0..* CodeableConcept',
    reasonReference: '0..* Reference(Condition | Observation | DiagnosticReport)',
    isSubpotent: '0..1 Σ boolean',
    subpotentReason: '0..* CodeableConcept',
    education: {
      is: '0..*',
      of: {
        documentType: '0..1 string',
        reference: '0..1 uri',
        publicationDate: '0..1 dateTime',
        presentationDate: '0..1 dateTime',
      },
      check({ documentType, reference }, fault) {
        if (documentType === undefined && reference === undefined)
          fault([], 'a documentType or a reference is needed');
      },
    },
    programEligibility: '0..* CodeableConcept',
    fundingSource: '0..1 CodeableConcept',
    reaction: {
      is: '0..*',
      of: {
        date: '0..1 dateTime',
        detail: '0..1 Reference(Observation)',
        reported: '0..1 boolean',
      },
    },
    protocolApplied: {
      is: '0..*',
      of: {
        series: '0..1 string',
        authority: '0..1 Reference(Organization)',
        targetDisease: '0..* CodeableConcept',
        'doseNumber[x]': '1..1 positiveInt | string',
        'seriesDoses[x]': '0..1 positiveInt | string',
      },
    },
  },
};
