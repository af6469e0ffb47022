import type { Outbox, Transaction } from '@careplane/kit';
import { toInstant } from '../grid/minutes.ts';
import type { Store } from '../store.ts';
import { freeCells } from './claim.ts';
import type { AppointmentRecord, CancellationReason } from './records.ts';

/** What of an appointment may change. */
export type Changes = Pick<AppointmentRecord, 'kept' | 'identifiers' | 'dataClasses'>;

/**
 * Makes a new version of an appointment inside a transaction, and keeps the former one. Gives nothing when `former` is no
 * longer the present version: then nothing was changed.
 */
export async function revise(
  store: Store,
  tx: Transaction,
  former: AppointmentRecord,
  changes: Partial<AppointmentRecord>,
): Promise<AppointmentRecord | undefined> {
  const { _id, version } = former;
  const next = await store.appointments.findOneAndUpdate(
    { _id, version },
    { $set: { ...changes, updated: new Date() }, $inc: { version: 1 } },
    tx,
  );
  if (next === null) return undefined;
  const kept = { _id: `${_id}|${String(version)}`, appointmentId: _id, version, record: former };
  await store.versions.insert([kept], tx);
  return next;
}

/** Which version of an appointment to cancel, why, and what else the new version says. */
export interface Cancellation {
  readonly former: AppointmentRecord;
  readonly reason: CancellationReason;
  readonly changes?: Changes;
}

/** The work of a cancellation inside a transaction: a new version, cells, event. As `revise`, for one that is booked. */
export async function cancel(
  parts: { readonly store: Store; readonly outbox: Outbox },
  tx: Transaction,
  { former, reason, changes = {} }: Cancellation,
): Promise<AppointmentRecord | undefined> {
  const { store, outbox } = parts;
  const change = { ...changes, status: 'cancelled', cancellationReason: reason } as const;
  const cancelled = await revise(store, tx, former, change);
  if (cancelled === undefined) return undefined;
  await freeCells(store, tx, cancelled);
  await outbox.add(tx, 'appointment.cancelled', {
    subject: cancelled._id,
    data: {
      appointmentId: cancelled._id,
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
