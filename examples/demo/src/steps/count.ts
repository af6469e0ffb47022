import type { ClinicApi, Session } from '../client/clinic-api.ts';

const PAGE = 200;

/** The number of appointments, booked or cancelled, in the clinic. */
export async function countAppointments(api: ClinicApi, admin: Session): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await api.appointments(admin, { limit: PAGE, cursor });
    count += page.items.length;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return count;
}
