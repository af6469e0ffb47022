import type { BookingWish, ClinicApi } from '../client/clinic-api.ts';
import { each } from '../client/each.ts';
import { race } from '../client/race.ts';
import type { Appointment } from '../client/resources.ts';
import type { Session } from '../login/session.ts';
import { scheduleOf } from '../plan/booking-plan.ts';
import type { PlannedVisit } from '../plan/booking-plan.ts';
import type { Latencies } from '../report/latency.ts';
import { CONCURRENCY } from './people.ts';
import { instant } from './schedules.ts';

/** A booked visit, and the expected appointment. */
export interface BookedVisit {
  readonly by: Session;
  readonly expected: Appointment;
  readonly answered: Appointment;
}

/** The result of the plan. */
export interface Bookings {
  readonly visits: readonly BookedVisit[];
  /** Contending requests that must be refused, and the number that were. */
  readonly doubles: { readonly attempted: number; readonly refused: number };
  /** Faults, as text. */
  readonly faults: readonly string[];
}

/** Maps the plan's names to the clinic's IDs. */
export interface Roster {
  readonly patients: ReadonlyMap<string, Session>;
  readonly practitioners: ReadonlyMap<string, string>;
  /** By {@link scheduleOf}. */
  readonly schedules: ReadonlyMap<string, string>;
}

function known<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`${key} is not known to the clinic`);
  return value;
}

function wishOf(roster: Roster, visit: PlannedVisit): Omit<BookingWish, 'patientId'> {
  const { start, minutes, reasonCode, npi } = visit;
  return {
    scheduleId: known(roster.schedules, scheduleOf(visit)),
    practitionerId: known(roster.practitioners, npi),
    start: instant(start),
    minutes,
    reasonCode,
  };
}

function expectedOf(roster: Roster, visit: PlannedVisit, patientId: string, id: string): Appointment {
  return {
    resourceType: 'Appointment',
    id,
    status: 'booked',
    start: instant(visit.start),
    end: instant(visit.start + visit.minutes),
    minutesDuration: visit.minutes,
    participant: [
      { actor: { reference: `Patient/${patientId}` }, status: 'accepted' },
      { actor: { reference: `Practitioner/${known(roster.practitioners, visit.npi)}` }, status: 'accepted' },
    ],
    reasonCode: [{ coding: [{ system: 'http://snomed.info/sct', code: visit.reasonCode }] }],
  };
}

async function bookRace(api: ClinicApi, roster: Roster, visit: PlannedVisit): Promise<Bookings> {
  const contenders = visit.contenders.map((patient) => known(roster.patients, patient));
  const { won, refused } = await race(api, contenders, wishOf(roster, visit));
  const visits = won.map(({ by, appointment }) => {
    return { by, expected: expectedOf(roster, visit, by.sub, appointment.id), answered: appointment };
  });
  const faults = won.length === 1 ? [] : [`${contenders.length} raced for one time and ${won.length} got it`];
  return { visits, doubles: { attempted: contenders.length - 1, refused: refused.length }, faults };
}

async function bookAlone(
  api: ClinicApi,
  latencies: Latencies,
  roster: Roster,
  visit: PlannedVisit,
): Promise<Bookings> {
  const by = known(roster.patients, visit.contenders[0] ?? '');
  const outcome = await latencies.time('book', () =>
    api.book(by, { ...wishOf(roster, visit), patientId: by.sub }),
  );
  const none = { attempted: 0, refused: 0 };
  if ('refused' in outcome) {
    return { visits: [], doubles: none, faults: [`a free time was refused as ${outcome.refused}`] };
  }
  const expected = expectedOf(roster, visit, by.sub, outcome.booked.id);
  return { visits: [{ by, expected, answered: outcome.booked }], doubles: none, faults: [] };
}

function sum(parts: readonly Bookings[]): Bookings {
  return {
    visits: parts.flatMap((part) => part.visits),
    doubles: {
      attempted: parts.reduce((total, part) => total + part.doubles.attempted, 0),
      refused: parts.reduce((total, part) => total + part.doubles.refused, 0),
    },
    faults: parts.flatMap((part) => part.faults),
  };
}

/**
 * Books the plan: its races one after another, with all contenders of one at the same moment, then the other visits.
 */
export async function bookVisits(
  parts: { readonly api: ClinicApi; readonly latencies: Latencies; readonly roster: Roster },
  visits: readonly PlannedVisit[],
): Promise<Bookings> {
  const { api, latencies, roster } = parts;
  const raced: Bookings[] = [];
  for (const visit of visits.filter((one) => one.contenders.length > 1))
    raced.push(await bookRace(api, roster, visit));
  const alone = visits.filter((one) => one.contenders.length === 1);
  return sum([
    ...raced,
    ...(await each(alone, CONCURRENCY, (visit) => bookAlone(api, latencies, roster, visit))),
  ]);
}
