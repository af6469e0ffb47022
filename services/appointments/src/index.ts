export { appointments } from './service.ts';
export type { Appointment } from './booking/resource.ts';
export type { Concept, Reference } from './fhir.ts';
export type { Schedule } from './schedules/resource.ts';
export type { Slot } from './slots/resource.ts';
