import { isDuplicateKey } from '@careplane/kit';
import type { Transaction } from '@careplane/kit';
import { cellOf, cellsOf } from '../grid/cells.ts';
import type { Interval } from '../grid/minutes.ts';
import { PATIENT_CELL, PRACTITIONER_CELL } from './collections.ts';
import type { Store } from '../store.ts';
import { CELL_OFFSET } from './records.ts';
import type { ActorType, AppointmentRecord, CellRecord } from './records.ts';

/** Whose time is not free. */
export type ClaimConflict = 'slot-taken' | 'patient-busy';

/** The claim lost: the cell is there already. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
  readonly conflict: ClaimConflict;

  constructor(conflict: ClaimConflict) {
    super(conflict);
    this.conflict = conflict;
  }
}

/** What is claimed, by the server's words about the key that was there (`index: <name> dup key: { _id: "<id>" }`). */
const CLAIMED: readonly (readonly [ClaimConflict, readonly string[]])[] = [
  ['slot-taken', ['index: _id_ dup key: { _id: "Practitioner/', `index: ${PRACTITIONER_CELL} `]],
  ['patient-busy', ['index: _id_ dup key: { _id: "Patient/', `index: ${PATIENT_CELL} `]],
];

/** Whose cell refused the write. */
export function conflictOf(error: unknown): ClaimConflict | undefined {
  if (!isDuplicateKey(error)) return undefined;
  return CLAIMED.find(([, words]) => words.some((word) => error.message.includes(word)))?.[0];
}

/** The claims of a visit: each cell of each of its actors, the practitioner's first. */
export function claimsOf(appointment: AppointmentRecord): CellRecord[] {
  const { _id: appointmentId, practitionerId, patientId } = appointment;
  const actors: readonly (readonly [ActorType, string])[] = [
    ['Practitioner', practitionerId],
    ['Patient', patientId],
  ];
  return actors.flatMap(([type, id]) =>
    cellsOf(appointment).map((cell) => ({
      _id: `${type}/${id}|${cell}`,
      practitionerId,
      patientId,
      cell: cell + CELL_OFFSET[type],
      appointmentId,
    })),
  );
}

/**
 * Claims every cell of every actor of an appointment in one command of the transaction: no actor can be in two places,
 * whatever the schedule, the start, the length or the path that leads here.
 *
 * @throws ClaimLost when a committed visit has a cell; the driver's transient WriteConflict (which the transaction
 * repeats) when an open transaction is about to take one.
 */
export async function claimCells(
  store: Store,
  tx: Transaction,
  appointment: AppointmentRecord,
): Promise<void> {
  try {
    await store.cells.insert(claimsOf(appointment), tx);
  } catch (error) {
    const conflict = conflictOf(error);
    throw conflict === undefined ? error : new ClaimLost(conflict);
  }
}

/** Frees the cells of all actors of an appointment; by the index over the practitioner's cells, and only its own. */
export async function freeCells(
  store: Store,
  tx: Transaction,
  appointment: AppointmentRecord,
): Promise<void> {
  const { _id: appointmentId, practitionerId, start, end } = appointment;
  const span = { $gte: cellOf(start), $lt: end };
  await store.cells.deleteMany({ practitionerId, cell: span, appointmentId }, tx);
}

/** Whether the practitioner's time is taken already. A look that makes losing cheap, not a guarantee of winning. */
export async function isTaken(store: Store, practitionerId: string, visit: Interval): Promise<boolean> {
  const taken = await store.cells.findOne(
    { practitionerId, cell: { $gte: cellOf(visit.start), $lt: visit.end } },
    { projection: { _id: 0, cell: 1 } },
  );
  return taken !== null;
}
