import { endsBefore } from '../schema/checks.ts';
import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/appointment.html */
export const appointmentSpec: TypeSpec = {
  name: 'Appointment',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    status:
      '1..1 Σ code(proposed | pending | booked | arrived | fulfilled | cancelled | noshow | entered-in-error | checked-in | waitlist)',
    cancelationReason: '0..1 Σ CodeableConcept',
    serviceCategory: '0..* Σ CodeableConcept',
    serviceType: '0..* Σ CodeableConcept',
    specialty: '0..* Σ CodeableConcept',
    appointmentType: '0..1 Σ CodeableConcept',
    reasonCode: '0..* Σ CodeableConcept',
    reasonReference: '0..* Reference(Condition | Procedure | Observation | ImmunizationRecommendation)',
    priority: '0..1 unsignedInt',
    description: '0..1 string',
    supportingInformation: '0..* Reference',
    start: '0..1 Σ instant',
    end: '0..1 Σ instant',
    minutesDuration: '0..1 positiveInt',
    slot: '0..* Reference(Slot)',
    created: '0..1 dateTime',
    comment: '0..1 string',
    patientInstruction: '0..1 string',
    basedOn: '0..* Reference(ServiceRequest)',
    participant: {
      is: '1..*',
      of: {
        type: '0..* Σ CodeableConcept',
        actor:
          '0..1 Σ Reference(Patient | Practitioner | PractitionerRole | RelatedPerson | Device | HealthcareService | Location)',
        required: '0..1 Σ code(required | optional | information-only)',
        status: '1..1 Σ code(accepted | declined | tentative | needs-action)',
        period: '0..1 Period',
      },
      check({ type, actor }, fault) {
        if (type === undefined && actor === undefined) fault([], 'a type or an actor is needed');
      },
    },
    requestedPeriod: '0..* Period',
  },
  check(value, fault) {
    const { status, start, end, cancelationReason } = value;
    if ((start === undefined) !== (end === undefined)) fault([], 'start and end are both there, or neither');
    if (start === undefined && !['proposed', 'cancelled', 'waitlist'].includes(String(status))) {
      fault(['start'], 'is needed with this status');
    }
    if (endsBefore(start, end)) fault(['end'], 'must be after the start');
    if (cancelationReason !== undefined && !['cancelled', 'noshow'].includes(String(status))) {
      fault(['cancelationReason'], 'is only for what is cancelled or missed');
    }
  },
};
