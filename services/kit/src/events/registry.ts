import { z } from 'zod';
import { entrySchema } from '../audit/entry.ts';

const id = z.string().min(1).max(128);
const instant = z.iso.datetime({ offset: true });
const code = z.string().regex(/^[a-z][a-z0-9.-]{0,63}$/);

/**
 * The events of the platform and their data (docs/concepts/contracts.md), by name: ids, times and codes, nothing else.
 * Strict for who publishes: a field that is not here cannot leave by accident. Who reads ignores fields that it does not
 * know (`readEventData`), so that a newer publisher breaks no consumer.
 */
export const EVENTS = {
  'access.emergency': z.strictObject({ grantId: id, patientId: id, practitionerId: id }),
  'account.message': z.strictObject({ messageId: id }),
  'appointment.booked': z.strictObject({
    appointmentId: id,
    patientId: id,
    practitionerId: id,
    scheduleId: id,
    start: instant,
    end: instant,
    /** Who has booked: the role, and the id of the person, or of the account or app without one. */
    bookedByRole: code,
    bookedBy: id,
  }),
  'appointment.cancelled': z.strictObject({
    appointmentId: id,
    patientId: id,
    practitionerId: id,
    start: instant,
    reason: code,
  }),
  /** Who did what to whose data (docs/decisions/0027-audit-entries.md): all entries of requests that were answered together. */
  'audit.recorded': z.strictObject({ entries: z.array(entrySchema).min(1) }),
  /**
   * The patient's keys are destroyed: each service removes what it keeps about them. Told again until all have said that it is done.
   * By the proof identity knows an erasure again as its own (`ErasedPatient`).
   */
  'patient.erased': z.strictObject({ erasureId: id, patientId: id, proof: id }),
  /** A service has nothing about an erased patient any more. */
  'patient.erasure.done': z.strictObject({ erasureId: id, patientId: id, service: id }),
  /** `patientId` was merged into `survivorId`, or parted from it again. */
  'patient.merged': z.strictObject({ patientId: id, survivorId: id, undone: z.boolean() }),
  'patient.registered': z.strictObject({ patientId: id }),
  'patient.updated': z.strictObject({ patientId: id }),
} as const satisfies Record<string, z.ZodObject>;

export type EventType = keyof typeof EVENTS;
export type EventData<T extends EventType> = z.infer<(typeof EVENTS)[T]>;

/** Whether a name is an event of the platform. */
export function isEventType(name: string): name is EventType {
  return Object.hasOwn(EVENTS, name);
}

/** Reads an event's data as a consumer does: fields that the registry does not have are left out, not refused. */
export function readEventData(type: EventType, data: unknown): z.ZodSafeParseResult<EventData<EventType>> {
  const schema: z.ZodObject = EVENTS[type];
  return schema.strip().safeParse(data) as z.ZodSafeParseResult<EventData<EventType>>;
}
