import { z } from 'zod';
import { CELL_MINUTES } from '../grid/cells.ts';
import { toEpochMinute } from '../grid/minutes.ts';
import { minuteOfDay } from '../grid/openings.ts';

/** Longest planning horizon of one schedule; further ahead a clinic opens the next schedule. */
export const MAX_HORIZON_DAYS = 90;
/** Longest single visit: a working day. Also bounds the cells of one transaction to 96. */
export const MAX_VISIT_MINUTES = 480;
/** Longest span of one slot query, so that a page never reads more than a month of cells. */
export const MAX_SLOT_DAYS = 31;

const DAY_MINUTES = 24 * 60;
const id = z.uuid();

/** An RFC 3339 time on a whole minute, read as epoch minutes. */
const minute = z.iso.datetime({ offset: true }).transform((time, context) => {
  try {
    return toEpochMinute(time);
  } catch {
    context.addIssue({ code: 'custom', message: 'must fall on a whole minute' });
    return z.NEVER;
  }
});

const cellMinute = minute.refine((at) => at % CELL_MINUTES === 0, {
  error: `must fall on a multiple of ${CELL_MINUTES} minutes`,
});

const timeOfDay = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, { error: 'must be HH:MM' })
  .refine((time) => minuteOfDay(time) % CELL_MINUTES === 0, {
    error: `must fall on a multiple of ${CELL_MINUTES} minutes`,
  });

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const hours = z
  .strictObject({
    from: timeOfDay,
    to: timeOfDay,
    timeZone: z.string().max(64).refine(isTimeZone, { error: 'must be an IANA time zone' }).default('UTC'),
  })
  .refine((day) => minuteOfDay(day.from) < minuteOfDay(day.to), {
    error: 'must open before it closes',
    path: ['to'],
  });

/** Body of `POST /v1/schedules`. */
export const newSchedule = z
  .strictObject({
    practitionerId: id,
    start: cellMinute,
    end: cellMinute,
    slotMinutes: z.int().min(CELL_MINUTES).max(MAX_VISIT_MINUTES).multipleOf(CELL_MINUTES),
    hours,
  })
  .refine((schedule) => schedule.start < schedule.end, { error: 'must be after start', path: ['end'] })
  .refine((schedule) => schedule.end - schedule.start <= MAX_HORIZON_DAYS * DAY_MINUTES, {
    error: `must be at most ${MAX_HORIZON_DAYS} days after start`,
    path: ['end'],
  });
export type NewSchedule = z.infer<typeof newSchedule>;

/** Body of `POST /v1/appointments`; `reasonCode` is a SNOMED CT concept id. */
export const newAppointment = z.strictObject({
  scheduleId: id,
  start: minute,
  minutes: z.int().min(CELL_MINUTES).max(MAX_VISIT_MINUTES).optional(),
  patientId: id.optional(),
  reasonCode: z
    .string()
    .regex(/^\d{6,18}$/, { error: 'must be a SNOMED CT concept id' })
    .optional(),
});
export type NewAppointment = z.infer<typeof newAppointment>;

/**
 * Body of `POST /v1/appointments/:id/cancel`; the codes are of FHIR's appointment-cancellation-reason value set
 * (terminology.hl7.org/CodeSystem/appointment-cancellation-reason), its top level.
 */
export const cancellation = z.strictObject({
  reason: z.enum(['pat', 'prov', 'maint', 'meds-inc', 'other']).optional(),
});
export type CancellationReason = NonNullable<z.infer<typeof cancellation>['reason']>;

/** Query of the two lists, both by cursor. */
const page = {
  cursor: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
};

/** Query of `GET /v1/schedules`. */
export const scheduleQuery = z.strictObject({ practitioner: id, ...page });

/** Query of `GET /v1/appointments`; the two ids are for the admin only. */
export const appointmentQuery = z.strictObject({
  patient: id.optional(),
  practitioner: id.optional(),
  ...page,
});

/** Query of `GET /v1/slots`: exactly one of schedule and practitioner, and at most {@link MAX_SLOT_DAYS} days. */
export const slotQuery = z
  .strictObject({
    schedule: id.optional(),
    practitioner: id.optional(),
    from: minute.optional(),
    to: minute.optional(),
    ...page,
  })
  .refine((query) => (query.schedule === undefined) !== (query.practitioner === undefined), {
    error: 'give exactly one of schedule and practitioner',
    path: ['schedule'],
  });
export type SlotQuery = z.infer<typeof slotQuery>;
