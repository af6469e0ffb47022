import { endsBefore } from '../schema/checks.ts';
import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/appointmentresponse.html */
export const appointmentResponseSpec: TypeSpec = {
  name: 'AppointmentResponse',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    appointment: '1..1 Σ Reference(Appointment)',
    start: '0..1 instant',
    end: '0..1 instant',
    participantType: '0..* Σ CodeableConcept',
    actor:
      '0..1 Σ Reference(Patient | Practitioner | PractitionerRole | RelatedPerson | Device | HealthcareService | Location)',
    participantStatus: '1..1 Σ code(accepted | declined | tentative | needs-action)',
    comment: '0..1 string',
  },
  check({ participantType, actor, start, end }, fault) {
    if (participantType === undefined && actor === undefined)
      fault(['actor'], 'a participantType or an actor is needed');
    if (endsBefore(start, end)) fault(['end'], 'must be after the start');
  },
};
