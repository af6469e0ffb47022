import { endsBefore } from '../schema/checks.ts';
import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/slot.html */
export const slotSpec: TypeSpec = {
  name: 'Slot',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    serviceCategory: '0..* Σ CodeableConcept',
    serviceType: '0..* Σ CodeableConcept',
    specialty: '0..* Σ CodeableConcept',
    appointmentType: '0..1 Σ CodeableConcept',
    schedule: '1..1 Σ Reference(Schedule)',
    status: '1..1 Σ code(busy | free | busy-unavailable | busy-tentative | entered-in-error)',
    start: '1..1 Σ instant',
    end: '1..1 Σ instant',
    overbooked: '0..1 boolean',
    comment: '0..1 string',
  },
  check({ start, end }, fault) {
    if (endsBefore(start, end)) fault(['end'], 'must be after the start');
  },
};
