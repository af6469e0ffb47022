import type { Outbox, Transaction } from '@careplane/kit';
import { toInstant } from '../grid/minutes.ts';
import type { CancellationReason } from '../http/requests.ts';
import type { Store } from '../store/collections.ts';
import type { AppointmentRecord } from '../store/records.ts';
import { freeCells } from './claim.ts';

/** Which version of an appointment to cancel, and why. */
export interface Cancellation {
  readonly id: string;
  readonly version: number;
  readonly reason: CancellationReason;
}

/**
 * The work of a cancellation inside a transaction: status, cells, event. Gives nothing when the appointment is no longer
 * booked in this version: then nothing was changed.
 */
export async function cancel(
  parts: { readonly store: Store; readonly outbox: Outbox },
  tx: Transaction,
  { id, version, reason }: Cancellation,
): Promise<AppointmentRecord | undefined> {
  const { store, outbox } = parts;
  const cancelled = await store.appointments.findOneAndUpdate(
    { _id: id, version, status: 'booked' },
    { $set: { status: 'cancelled', cancellationReason: reason, updated: new Date() }, $inc: { version: 1 } },
    tx,
  );
  if (cancelled === null) return undefined;
  await freeCells(store, tx, cancelled);
  await outbox.add(tx, 'appointment.cancelled', {
    subject: id,
    data: {
      appointmentId: id,
      patientId: cancelled.patientId,
      practitionerId: cancelled.practitionerId,
      start: toInstant(cancelled.start),
      reason,
    },
  });
  return cancelled;
}

/**
 * Whether a cancellation that found another version was itself what made it: its answer was lost and it is repeated
 * (RFC 9110, 13.1.1, allows success then).
 */
export function wasAlreadyCancelled(appointment: AppointmentRecord, version: number): boolean {
  return appointment.status === 'cancelled' && appointment.version === version + 1;
}
