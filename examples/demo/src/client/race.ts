import type { Session } from '../login/session.ts';
import type { BookingWish, ClinicApi } from './clinic-api.ts';
import type { Appointment } from './resources.ts';

/** The result of a race for one slot. */
export interface RaceResult {
  readonly won: readonly { readonly by: Session; readonly appointment: Appointment }[];
  /** The codes of the refusals. */
  readonly refused: readonly string[];
}

/** Sends all requests for the same slot at the same moment, of each contender for themselves. */
export async function race(
  api: ClinicApi,
  contenders: readonly Session[],
  wish: Omit<BookingWish, 'patientId'>,
): Promise<RaceResult> {
  const outcomes = await Promise.all(
    contenders.map(async (by) => ({ by, outcome: await api.book(by, { ...wish, patientId: by.sub }) })),
  );
  return {
    won: outcomes.flatMap(({ by, outcome }) =>
      'booked' in outcome ? [{ by, appointment: outcome.booked }] : [],
    ),
    refused: outcomes.flatMap(({ outcome }) => ('refused' in outcome ? [outcome.refused] : [])),
  };
}
