import type { TypeSpec } from '../schema/spec.ts';

const ACTOR = 'Reference(PractitionerRole | Practitioner | Organization | Device | Patient | RelatedPerson)';

/** https://hl7.org/fhir/R4/auditevent.html */
export const auditEventSpec: TypeSpec = {
  name: 'AuditEvent',
  kind: 'DomainResource',
  elements: {
    type: '1..1 Σ Coding',
    subtype: '0..* Σ Coding',
    action: '0..1 Σ code(C | R | U | D | E)',
    period: '0..1 Period',
    recorded: '1..1 Σ instant',
    outcome: '0..1 Σ code(0 | 4 | 8 | 12)',
    outcomeDesc: '0..1 Σ string',
    purposeOfEvent: '0..* Σ CodeableConcept',
    agent: {
      is: '1..*',
      of: {
        type: '0..1 CodeableConcept',
        role: '0..* CodeableConcept',
        who: `0..1 Σ ${ACTOR}`,
        altId: '0..1 string',
        name: '0..1 name',
        requestor: '1..1 Σ boolean',
        location: '0..1 Reference(Location)',
        policy: '0..* uri',
        media: '0..1 Coding',
        network: {
          is: '0..1',
          of: {
            address: '0..1 string',
            type: '0..1 code(1 | 2 | 3 | 4 | 5)',
          },
        },
        purposeOfUse: '0..* CodeableConcept',
      },
    },
    source: {
      is: '1..1',
      of: {
        site: '0..1 string',
        observer: `1..1 Σ ${ACTOR}`,
        type: '0..* Coding',
      },
    },
    entity: {
      is: '0..*',
      of: {
        what: '0..1 Σ Reference',
        type: '0..1 Coding',
        role: '0..1 Coding',
        lifecycle: '0..1 Coding',
        securityLabel: '0..* Coding',
        name: '0..1 Σ string',
        description: '0..1 string',
        query: '0..1 Σ base64Binary',
        detail: {
          is: '0..*',
          of: {
            type: '1..1 string',
            'value[x]': '1..1 string | base64Binary',
          },
        },
      },
      check({ name, query }, fault) {
        if (name !== undefined && query !== undefined)
          fault(['query'], 'an entity has a name or a query (sev-1)');
      },
    },
  },
};
