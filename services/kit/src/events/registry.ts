import { z } from 'zod';

const id = z.string().min(1).max(128);
const instant = z.iso.datetime({ offset: true });
const code = z.string().regex(/^[a-z][a-z0-9.-]{0,63}$/);

/**
 * The events of the platform and their data (docs/concepts/contracts.md): ids, times and codes, nothing else. Strict:
 * a field that is not here cannot leave by accident.
 */
export const EVENTS = {
  'patient.registered': z.strictObject({ patientId: id }),
  'consent.changed': z.strictObject({
    patientId: id,
    scope: code,
    granted: z.boolean(),
    version: z.number().int().min(1),
  }),
  'account.message': z.strictObject({ messageId: id }),
  'appointment.booked': z.strictObject({
    appointmentId: id,
    patientId: id,
    practitionerId: id,
    scheduleId: id,
    start: instant,
    end: instant,
  }),
  'appointment.cancelled': z.strictObject({
    appointmentId: id,
    patientId: id,
    practitionerId: id,
    start: instant,
    reason: code,
  }),
} as const satisfies Record<string, z.ZodType>;

export type EventType = keyof typeof EVENTS;
export type EventData<T extends EventType> = z.infer<(typeof EVENTS)[T]>;

/** Whether a name is an event of the platform. */
export function isEventType(name: string): name is EventType {
  return Object.hasOwn(EVENTS, name);
}
