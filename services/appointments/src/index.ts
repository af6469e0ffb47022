export { appointments } from './service.ts';
export type { Appointment, Concept, Reference, Schedule, Slot } from './fhir/resources.ts';
