import { cellOf } from '../grid/cells.ts';
import type { EpochMinute, Interval } from '../grid/minutes.ts';
import type { Store } from '../store.ts';

/** The practitioner's claimed cells of the span: one range of the unique index, which holds all that is read. */
export async function claimedCells(
  { cells }: Store,
  practitionerId: string,
  span: Interval,
): Promise<Set<EpochMinute>> {
  const found = await cells.find(
    { practitionerId, cell: { $gte: cellOf(span.start), $lt: span.end } },
    { projection: { _id: 0, cell: 1 }, hint: { practitionerId: 1, cell: 1 } },
  );
  return new Set(found.map((record) => record.cell));
}
