import { hasCoding } from '../schema/checks.ts';
import type { TypeSpec } from '../schema/spec.ts';

const VERIFICATION = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification';

/** https://hl7.org/fhir/R4/allergyintolerance.html */
export const allergyIntoleranceSpec: TypeSpec = {
  name: 'AllergyIntolerance',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    clinicalStatus: '0..1 Σ CodeableConcept',
    verificationStatus: '0..1 Σ CodeableConcept',
    type: '0..1 Σ code(allergy | intolerance)',
    category: '0..* Σ code(food | medication | environment | biologic)',
    criticality: '0..1 Σ code(low | high | unable-to-assess)',
    code: '0..1 Σ CodeableConcept',
    patient: '1..1 Σ Reference(Patient)',
    encounter: '0..1 Reference(Encounter)',
    'onset[x]': '0..1 dateTime | Age | Period | Range | string',
    recordedDate: '0..1 dateTime',
    recorder: '0..1 Reference(Practitioner | PractitionerRole | Patient | RelatedPerson)',
    asserter: '0..1 Σ Reference(Patient | RelatedPerson | Practitioner | PractitionerRole)',
    lastOccurrence: '0..1 dateTime',
    note: '0..* Annotation',
    reaction: {
      is: '0..*',
      of: {
        substance: '0..1 CodeableConcept',
        manifestation: '1..* CodeableConcept',
        description: '0..1 string',
        onset: '0..1 dateTime',
        severity: '0..1 code(mild | moderate | severe)',
        exposureRoute: '0..1 CodeableConcept',
        note: '0..* Annotation',
      },
    },
  },
  check({ clinicalStatus, verificationStatus }, fault) {
    const isInError = hasCoding(verificationStatus, VERIFICATION, ['entered-in-error']);
    if (!isInError && clinicalStatus === undefined) fault(['clinicalStatus'], 'is needed');
    if (isInError && clinicalStatus !== undefined)
      fault(['clinicalStatus'], 'is not for what was entered in error');
  },
};
