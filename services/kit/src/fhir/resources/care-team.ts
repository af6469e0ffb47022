import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/careteam.html */
export const careTeamSpec: TypeSpec = {
  name: 'CareTeam',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    status: '0..1 Σ code(proposed | active | suspended | inactive | entered-in-error)',
    category: '0..* Σ CodeableConcept',
    name: '0..1 Σ string',
    subject: '0..1 Σ Reference(Patient | Group)',
    encounter: '0..1 Σ Reference(Encounter)',
    period: '0..1 Σ Period',
    participant: {
      is: '0..*',
      of: {
        role: '0..* Σ CodeableConcept',
        member:
          '0..1 Σ Reference(Practitioner | PractitionerRole | RelatedPerson | Patient | Organization | CareTeam)',
        onBehalfOf: '0..1 Σ Reference(Organization)',
        period: '0..1 Period',
      },
    },
    reasonCode: '0..* CodeableConcept',
    reasonReference: '0..* Reference(Condition)',
    managingOrganization: '0..* Σ Reference(Organization)',
    telecom: '0..* ContactPoint',
    note: '0..* Annotation',
  },
};
