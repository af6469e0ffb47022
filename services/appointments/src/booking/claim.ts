import { isDuplicateKey } from '@careplane/kit';
import type { Transaction } from '@careplane/kit';
import { cellsOf } from '../grid/cells.ts';
import type { Interval } from '../grid/minutes.ts';
import { PATIENT_CELL, PRACTITIONER_CELL } from './collections.ts';
import type { Store } from '../store.ts';
import type { AppointmentRecord } from './records.ts';

/** Whose time is not free. */
export type ClaimConflict = 'slot-taken' | 'patient-busy';

/** The claim lost: a unique index has the cell already. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
  readonly conflict: ClaimConflict;

  constructor(conflict: ClaimConflict) {
    super(conflict);
    this.conflict = conflict;
  }
}

/** Which unique index refused the write; the server names it in the message (`index: <name> dup key`). */
export function conflictOf(error: unknown): ClaimConflict | undefined {
  if (!isDuplicateKey(error)) return undefined;
  if (error.message.includes(`index: ${PRACTITIONER_CELL} `)) return 'slot-taken';
  if (error.message.includes(`index: ${PATIENT_CELL} `)) return 'patient-busy';
  return undefined;
}

/**
 * Claims every cell of an appointment in one command of the transaction. A practitioner's and a patient's cells are the
 * same documents under two unique indexes, so that neither can be in two places, whatever the schedule or the length.
 *
 * @throws ClaimLost when a committed visit has a cell; the driver's transient WriteConflict (which the transaction
 * repeats) when an open transaction is about to take one.
 */
export async function claimCells(
  store: Store,
  tx: Transaction,
  appointment: AppointmentRecord,
): Promise<void> {
  const { _id: appointmentId, practitionerId, patientId } = appointment;
  const cells = cellsOf(appointment).map((cell) => ({
    practitionerId,
    patientId,
    cell,
    appointmentId,
  }));
  try {
    await store.cells.insert(cells, tx);
  } catch (error) {
    const conflict = conflictOf(error);
    throw conflict === undefined ? error : new ClaimLost(conflict);
  }
}

/** Frees the cells of an appointment; by the index over the practitioner's cells, and only its own. */
export async function freeCells(
  store: Store,
  tx: Transaction,
  appointment: AppointmentRecord,
): Promise<void> {
  const { _id: appointmentId, practitionerId, start, end } = appointment;
  await store.cells.deleteMany({ practitionerId, cell: { $gte: start, $lt: end }, appointmentId }, tx);
}

/** Whether the practitioner's time is taken already. A look that makes losing cheap, not a guarantee of winning. */
export async function isTaken(store: Store, practitionerId: string, visit: Interval): Promise<boolean> {
  const taken = await store.cells.findOne(
    { practitionerId, cell: { $gte: visit.start, $lt: visit.end } },
    { projection: { _id: 0, cell: 1 } },
  );
  return taken !== null;
}
