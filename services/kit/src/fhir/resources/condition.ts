import { chosenOf, hasCoding } from '../schema/checks.ts';
import type { TypeSpec } from '../schema/spec.ts';

const CLINICAL = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const VERIFICATION = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';

/** https://hl7.org/fhir/R4/condition.html */
export const conditionSpec: TypeSpec = {
  name: 'Condition',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    clinicalStatus: '0..1 Σ CodeableConcept',
    verificationStatus: '0..1 Σ CodeableConcept',
    category: '0..* CodeableConcept',
    severity: '0..1 CodeableConcept',
    code: '0..1 Σ CodeableConcept',
    bodySite: '0..* Σ CodeableConcept',
    subject: '1..1 Σ Reference(Patient | Group)',
    encounter: '0..1 Σ Reference(Encounter)',
    'onset[x]': '0..1 Σ dateTime | Age | Period | Range | string',
    'abatement[x]': '0..1 dateTime | Age | Period | Range | string',
    recordedDate: '0..1 Σ dateTime',
    recorder: '0..1 Σ Reference(Practitioner | PractitionerRole | Patient | RelatedPerson)',
    asserter: '0..1 Σ Reference(Practitioner | PractitionerRole | Patient | RelatedPerson)',
    stage: {
      is: '0..*',
      of: {
        summary: '0..1 CodeableConcept',
        assessment: '0..* Reference(ClinicalImpression | DiagnosticReport | Observation)',
        type: '0..1 CodeableConcept',
      },
      check({ summary, assessment }, fault) {
        if (summary === undefined && assessment === undefined)
          fault([], 'a summary or an assessment is needed');
      },
    },
    evidence: {
      is: '0..*',
      of: {
        code: '0..* Σ CodeableConcept',
        detail: '0..* Σ Reference',
      },
      check({ code, detail }, fault) {
        if (code === undefined && detail === undefined) fault([], 'a code or a detail is needed');
      },
    },
    note: '0..* Annotation',
  },
  check(value, fault) {
    const { clinicalStatus, verificationStatus } = value;
    const isOver = hasCoding(clinicalStatus, CLINICAL, ['resolved', 'remission', 'inactive']);
    if (chosenOf(value, 'abatement') !== undefined && !isOver)
      fault(['clinicalStatus'], 'is resolved, remission or inactive once the condition has abated');
    if (clinicalStatus !== undefined && hasCoding(verificationStatus, VERIFICATION, ['entered-in-error']))
      fault(['clinicalStatus'], 'is not for what was entered in error');
  },
};
