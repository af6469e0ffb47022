import { randomUUID } from 'node:crypto';
import type { Subject } from '@careplane/access';
import type { Outbox, Transaction } from '@careplane/kit';
import { toInstant } from '../grid/minutes.ts';
import type { Interval } from '../grid/minutes.ts';
import type { Store } from '../store.ts';
import type { AppointmentRecord } from './records.ts';
import type { ScheduleRecord } from '../schedules/record.ts';
import { claimCells } from './claim.ts';

/** A visit that fits its schedule and is now to be claimed. */
export interface Wish {
  readonly schedule: ScheduleRecord;
  readonly visit: Interval;
  readonly patientId: string;
  readonly reasonCode?: string | undefined;
  /** Of a wish over FHIR: what the appointment keeps as it was sent. */
  readonly content?: Pick<AppointmentRecord, 'kept' | 'identifiers' | 'dataClasses'>;
}

/** The appointment that a wish would become. */
export function newAppointmentRecord(wish: Wish, now: Date): AppointmentRecord {
  const { schedule, visit, patientId, reasonCode, content } = wish;
  return {
    _id: randomUUID(),
    status: 'booked',
    scheduleId: schedule._id,
    practitionerId: schedule.practitionerId,
    patientId,
    start: visit.start,
    end: visit.end,
    ...(reasonCode !== undefined && { reasonCode }),
    ...content,
    version: 1,
    created: now,
    updated: now,
  };
}

/**
 * The work of a booking inside a transaction: the cells, the appointment and the event, one after the other.
 *
 * @throws ClaimLost when the practitioner or the patient is not free.
 */
export async function book(
  parts: { readonly store: Store; readonly outbox: Outbox },
  tx: Transaction,
  { appointment, by }: { readonly appointment: AppointmentRecord; readonly by: Subject },
): Promise<void> {
  const { store, outbox } = parts;
  await claimCells(store, tx, appointment);
  await store.appointments.insert([appointment], tx);
  await outbox.add(tx, 'appointment.booked', {
    subject: appointment._id,
    data: {
      appointmentId: appointment._id,
      patientId: appointment.patientId,
      practitionerId: appointment.practitionerId,
      scheduleId: appointment.scheduleId,
      start: toInstant(appointment.start),
      end: toInstant(appointment.end),
      bookedByRole: by.role,
      bookedBy: by.person?.id ?? by.id,
    },
  });
}
