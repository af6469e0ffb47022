import type { ClinicApi } from '../client/clinic-api.ts';
import type { Session } from '../login/session.ts';
import { each } from '../client/each.ts';
import { DEMO_HOURS, nextMonday, scheduleOf } from '../plan/booking-plan.ts';
import type { BookingPlan } from '../plan/booking-plan.ts';
import { CONCURRENCY } from './people.ts';

const MINUTE_MS = 60_000;
const DAY = 24 * 60;

/** Epoch minutes as RFC 3339. */
export function instant(minute: number): string {
  return new Date(minute * MINUTE_MS).toISOString();
}

/**
 * The first Monday (epoch minutes) after the last appointment in the clinic. So a second run finds free weeks, whatever
 * is booked.
 */
export async function firstFreeMonday(api: ClinicApi, admin: Session, now: Date): Promise<number> {
  const latest = (await api.appointments(admin, { count: 1 })).resources[0];
  const busyUntil = Math.max(
    now.getTime() / MINUTE_MS + DAY,
    latest === undefined ? 0 : Date.parse(latest.end) / MINUTE_MS,
  );
  return nextMonday(Math.ceil(busyUntil));
}

/** Opens the schedules of the plan; returns their IDs by {@link scheduleOf}. */
export async function openSchedules(
  api: ClinicApi,
  admin: Session,
  plan: BookingPlan,
  practitionerIds: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Map(plan.visits.map((visit) => [scheduleOf(visit), visit]));
  const schedules = await each([...wanted], CONCURRENCY, async ([key, { npi, minutes }]) => {
    const practitionerId = practitionerIds.get(npi);
    if (practitionerId === undefined) throw new Error(`practitioner ${npi} is not known`);
    const span = { start: instant(plan.start), end: instant(plan.end) };
    const wish = { practitionerId, ...span, slotMinutes: minutes, hours: DEMO_HOURS };
    return [key, await api.openSchedule(admin, wish)] as const;
  });
  return new Map(schedules);
}
