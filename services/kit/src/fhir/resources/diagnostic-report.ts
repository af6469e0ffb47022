import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/diagnosticreport.html */
export const diagnosticReportSpec: TypeSpec = {
  name: 'DiagnosticReport',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    basedOn:
      '0..* Reference(CarePlan | ImmunizationRecommendation | MedicationRequest | NutritionOrder | ServiceRequest)',
    status:
      '1..1 Σ code(registered | partial | preliminary | final | amended | corrected | appended | cancelled | entered-in-error | unknown)',
    category: '0..* Σ CodeableConcept',
    code: '1..1 Σ CodeableConcept',
    subject: '0..1 Σ Reference(Patient | Group | Device | Location)',
    encounter: '0..1 Σ Reference(Encounter)',
    'effective[x]': '0..1 Σ dateTime | Period',
    issued: '0..1 Σ instant',
    performer: '0..* Σ Reference(Practitioner | PractitionerRole | Organization | CareTeam)',
    resultsInterpreter: '0..* Σ Reference(Practitioner | PractitionerRole | Organization | CareTeam)',
    specimen: '0..* Reference(Specimen)',
    result: '0..* Reference(Observation)',
    imagingStudy: '0..* Reference(ImagingStudy)',
    media: {
      is: '0..* Σ',
      of: {
        comment: '0..1 string',
        link: '1..1 Σ Reference(Media)',
      },
    },
    conclusion: '0..1 string',
    conclusionCode: '0..* CodeableConcept',
    presentedForm: '0..* Attachment',
  },
};
