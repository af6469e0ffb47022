import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from './client/connection.ts';
import type { ClinicWatch } from './cluster/clinic-watch.ts';
import type { Clinic } from './cluster/clinic.ts';
import type { ClinicData } from './data/clinic-data.ts';
import type { Entered } from './enter.ts';
import type { Registration } from './login/register.ts';
import { register } from './login/register.ts';
import { planBookings, racesOf } from './plan/booking-plan.ts';
import type { PlannedVisit } from './plan/booking-plan.ts';
import { selectEncounters } from './plan/select-encounters.ts';
import { findings, isSettled } from './report/findings.ts';
import type { Figures } from './report/findings.ts';
import { Latencies } from './report/latency.ts';
import { countAsAnalytics } from './steps/analytics.ts';
import { bookVisits } from './steps/bookings.ts';
import type { Bookings } from './steps/bookings.ts';
import { verificationLink } from './steps/mails.ts';
import { admitPatients, admitPractitioners } from './steps/people.ts';
import type { Patients } from './steps/people.ts';
import { readBack } from './steps/read-back.ts';
import { firstFreeMonday, openSchedules } from './steps/schedules.ts';
import { withdrawConsent } from './steps/withdraw-consent.ts';

/** The inputs of a run. */
export interface RunParts {
  readonly connection: Connection;
  readonly entered: Entered;
  readonly clinic: Clinic;
  readonly watch: ClinicWatch;
  readonly data: ClinicData;
  readonly appointments: number;
  /** Reports the progress. */
  readonly say: (line: string) => void;
}

/** The result of a run: its counts, durations of calls, and faults. */
export interface RunResult {
  readonly figures: Figures;
  readonly latencies: Latencies;
  readonly faults: readonly string[];
}

/** A worker may have to start from zero replicas, on a busy machine. */
const SETTLE_DEADLINE_MS = 120_000;
const SAY_EVERY_MS = 5_000;

/** The clinic's people, its schedules and the visits to book. */
interface Prepared {
  readonly patients: Patients;
  readonly practitioners: ReadonlyMap<string, string>;
  readonly schedules: ReadonlyMap<string, string>;
  readonly visits: readonly PlannedVisit[];
}

async function prepare(
  { connection, entered, clinic, data, appointments, say }: RunParts,
  latencies: Latencies,
): Promise<Prepared> {
  const { api, admin } = entered;
  const encounters = selectEncounters(data, appointments);
  const npis = new Set(encounters.map((encounter) => encounter.npi));
  say(`admitting ${data.patients.length} patients and ${npis.size} practitioners`);
  const reception = {
    entered,
    latencies,
    register: (somebody: Registration) =>
      register(connection, somebody, (address) => verificationLink(clinic, address)),
  };
  const patients = await admitPatients(reception, data.patients);
  const practitioners = await admitPractitioners(
    api,
    admin,
    data.practitioners.filter((practitioner) => npis.has(practitioner.npi)),
  );
  const monday = await firstFreeMonday(api, admin, new Date());
  const plan = planBookings(encounters, [...patients.sessions.keys()], racesOf(appointments), monday);
  say(`opening ${npis.size} schedules from ${new Date(monday * 60_000).toISOString().slice(0, 10)} on`);
  const schedules = await openSchedules(api, admin, plan, practitioners);
  return { patients, practitioners, schedules, visits: plan.visits };
}

function count(
  { watch, data, appointments }: RunParts,
  { patients, practitioners }: Prepared,
  bookings: Bookings,
): Omit<Figures, 'readBack' | 'counted' | 'withdrawal'> {
  const { events } = watch;
  const dead = ['appointment.booked', 'patient.registered'].map((event) =>
    events.total({ event, result: 'dead' }),
  );
  return {
    patients: data.patients.length,
    registered: patients.registered,
    registeredByPages: patients.byPages,
    practitioners: practitioners.size,
    wished: appointments,
    booked: bookings.visits.length,
    doubles: bookings.doubles,
    events: {
      bookedPublished: events.total({ event: 'appointment.booked' }),
      bookedConsumed: events.total({ event: 'appointment.booked', result: 'ok' }),
      registeredPublished: events.total({ event: 'patient.registered' }),
      registeredConsumed: events.total({ event: 'patient.registered', result: 'ok' }),
      dead: dead.reduce((sum, value) => sum + value, 0),
      endedPods: events.ended,
    },
    mails: watch.mails,
  };
}

/** Waits until everything has arrived, or the deadline: the figures then show what is missing. */
async function settle(parts: RunParts, current: () => Figures): Promise<void> {
  const deadline = performance.now() + SETTLE_DEADLINE_MS;
  let said = performance.now();
  for (;;) {
    await parts.watch.sample();
    const figures = current();
    if (isSettled(figures) || performance.now() > deadline) return;
    if (performance.now() - said > SAY_EVERY_MS) {
      said = performance.now();
      const { events, mails } = figures;
      parts.say(`waiting: ${events.bookedConsumed} events consumed, ${mails.delivered} e-mails delivered`);
    }
    await delay(500);
  }
}

/** Runs the demo on a clinic: registers, opens schedules, books, reads back, waits for the effects, and checks. */
export async function runDemo(parts: RunParts): Promise<RunResult> {
  const { connection, entered, appointments, say } = parts;
  const { api } = entered;
  const latencies = new Latencies();
  const prepared = await prepare(parts, latencies);
  const { patients, practitioners, schedules, visits } = prepared;
  say(
    `booking ${appointments} appointments, ${visits.filter((one) => one.contenders.length > 1).length} of them as races`,
  );
  const roster = { patients: patients.sessions, practitioners, schedules };
  const bookings = await bookVisits({ api, latencies, roster }, visits);
  say(`reading ${bookings.visits.length} appointments back over FHIR and by GraphQL`);
  const back = await readBack(api, latencies, bookings.visits);
  const [first] = bookings.visits;
  if (first === undefined) throw new Error('nothing was booked');
  say('withdrawing consent, and reading as an app for analytics');
  const withdrawal = await withdrawConsent(entered, latencies, first);
  const analytics = await countAsAnalytics(connection, entered);
  say('waiting for the events and the e-mails');
  const current = (): Figures => ({
    ...count(parts, prepared, bookings),
    readBack: back,
    counted: analytics.counted,
    withdrawal,
  });
  await settle(parts, current);
  // A duplicate would arrive right after: one more reading detects a number that is too high.
  await delay(1_000);
  await parts.watch.sample();
  const figures = current();
  const faults = [bookings, back, withdrawal, analytics].flatMap((step) => step.faults);
  return { figures, latencies, faults: [...faults, ...findings(figures)] };
}
