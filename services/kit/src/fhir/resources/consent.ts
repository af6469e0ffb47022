import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/consent.html */
export const consentSpec: TypeSpec = {
  name: 'Consent',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    status: '1..1 Σ code(draft | proposed | active | rejected | inactive | entered-in-error)',
    scope: '1..1 Σ CodeableConcept',
    category: '1..* Σ CodeableConcept',
    patient: '0..1 Σ Reference(Patient)',
    dateTime: '0..1 Σ dateTime',
    performer: '0..* Σ Reference(Organization | Patient | Practitioner | RelatedPerson | PractitionerRole)',
    organization: '0..* Σ Reference(Organization)',
    'source[x]':
      '0..1 Σ Attachment | Reference(Consent | DocumentReference | Contract | QuestionnaireResponse)',
    policy: {
      is: '0..*',
      of: {
        authority: '0..1 uri',
        uri: '0..1 uri',
      },
    },
    policyRule: '0..1 Σ CodeableConcept',
    verification: {
      is: '0..* Σ',
      of: {
        verified: '1..1 Σ boolean',
        verifiedWith: '0..1 Reference(Patient | RelatedPerson)',
        verificationDate: '0..1 dateTime',
      },
    },
    provision: {
      is: '0..1 Σ',
      of: {
        type: '0..1 Σ code(deny | permit)',
        period: '0..1 Σ Period',
        actor: {
          is: '0..*',
          of: {
            role: '1..1 CodeableConcept',
            reference:
              '1..1 Reference(Device | Group | CareTeam | Organization | Patient | Practitioner | RelatedPerson | PractitionerRole)',
          },
        },
        action: '0..* Σ CodeableConcept',
        securityLabel: '0..* Σ Coding',
        purpose: '0..* Σ Coding',
        class: '0..* Σ Coding',
        code: '0..* Σ CodeableConcept',
        dataPeriod: '0..1 Σ Period',
        data: {
          is: '0..* Σ',
          of: {
            meaning: '1..1 Σ code(instance | related | dependents | authoredby)',
            reference: '1..1 Σ Reference',
          },
        },
        provision: '0..* #provision',
      },
    },
  },
  check({ policy, policyRule }, fault) {
    if (policy === undefined && policyRule === undefined)
      fault(['policyRule'], 'a policy or a policyRule is needed');
  },
};
