import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/procedure.html */
export const procedureSpec: TypeSpec = {
  name: 'Procedure',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    instantiatesCanonical: '0..* Σ canonical',
    instantiatesUri: '0..* Σ uri',
    basedOn: '0..* Σ Reference(CarePlan | ServiceRequest)',
    partOf: '0..* Σ Reference(Procedure | Observation | MedicationAdministration)',
    status:
      '1..1 Σ code(preparation | in-progress | not-done | on-hold | stopped | completed | entered-in-error | unknown)',
    statusReason: '0..1 Σ CodeableConcept',
    category: '0..1 Σ CodeableConcept',
    code: '0..1 Σ CodeableConcept',
    subject: '1..1 Σ Reference(Patient | Group)',
    encounter: '0..1 Σ Reference(Encounter)',
    'performed[x]': '0..1 Σ dateTime | Period | string | Age | Range',
    recorder: '0..1 Σ Reference(Patient | RelatedPerson | Practitioner | PractitionerRole)',
    asserter: '0..1 Σ Reference(Patient | RelatedPerson | Practitioner | PractitionerRole)',
    performer: {
      is: '0..* Σ',
      of: {
        function: '0..1 Σ CodeableConcept',
        actor:
          '1..1 Σ Reference(Practitioner | PractitionerRole | Organization | Patient | RelatedPerson | Device)',
        onBehalfOf: '0..1 Reference(Organization)',
      },
    },
    location: '0..1 Σ Reference(Location)',
    reasonCode: '0..* Σ CodeableConcept',
    reasonReference:
      '0..* Σ Reference(Condition | Observation | Procedure | DiagnosticReport | DocumentReference)',
    bodySite: '0..* Σ CodeableConcept',
    outcome: '0..1 Σ CodeableConcept',
    report: '0..* Reference(DiagnosticReport | DocumentReference | Composition)',
    complication: '0..* CodeableConcept',
    complicationDetail: '0..* Reference(Condition)',
    followUp: '0..* CodeableConcept',
    note: '0..* Annotation',
    focalDevice: {
      is: '0..*',
      of: {
        action: '0..1 CodeableConcept',
        manipulated: '1..1 Reference(Device)',
      },
    },
    usedReference: '0..* Reference(Device | Medication | Substance)',
    usedCode: '0..* CodeableConcept',
  },
};
