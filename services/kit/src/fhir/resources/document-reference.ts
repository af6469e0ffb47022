import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/documentreference.html */
export const documentReferenceSpec: TypeSpec = {
  name: 'DocumentReference',
  kind: 'DomainResource',
  elements: {
    masterIdentifier: '0..1 Σ Identifier',
    identifier: '0..* Σ Identifier',
    status: '1..1 Σ code(current | superseded | entered-in-error)',
    docStatus: '0..1 Σ code(preliminary | final | amended | entered-in-error)',
    type: '0..1 Σ CodeableConcept',
    category: '0..* Σ CodeableConcept',
    subject: '0..1 Σ Reference(Patient | Practitioner | Group | Device)',
    date: '0..1 Σ instant',
    author:
      '0..* Σ Reference(Practitioner | PractitionerRole | Organization | Device | Patient | RelatedPerson)',
    authenticator: '0..1 Reference(Practitioner | PractitionerRole | Organization)',
    custodian: '0..1 Reference(Organization)',
    relatesTo: {
      is: '0..* Σ',
      of: {
        code: '1..1 Σ code(replaces | transforms | signs | appends)',
        target: '1..1 Σ Reference(DocumentReference)',
      },
    },
    description: '0..1 Σ string',
    securityLabel: '0..* Σ CodeableConcept',
    content: {
      is: '1..* Σ',
      of: {
        attachment: '1..1 Σ Attachment',
        format: '0..1 Σ Coding',
      },
    },
    context: {
      is: '0..1 Σ',
      of: {
        encounter: '0..* Reference(Encounter | EpisodeOfCare)',
        event: '0..* CodeableConcept',
        period: '0..1 Σ Period',
        facilityType: '0..1 CodeableConcept',
        practiceSetting: '0..1 CodeableConcept',
        sourcePatientInfo: '0..1 Reference(Patient)',
        related: '0..* Reference',
      },
    },
  },
};
