// Books through the gateway without a break while a command does harm, and proves afterwards that nothing acknowledged is lost:
// every appointment that was answered 201 is read back, and its time is refused to somebody else.
//
//   node e2e/src/bookings-survive.ts COMMAND [ARGUMENTS...]      KUBECONFIG, GATEWAY_URL and GATEWAY_CA name the clinic
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Clinic, ClinicApi, connect, openCluster, type Session } from '@careplane/demo';

const NAMESPACE = 'clinic';
const CALLERS = 4;
/** What a caller waits before the next one. */
const PACE_MS = 500;
/** Acknowledged before the harm is done, and after it. */
const ENOUGH = 25;
const DEADLINE_MS = 300_000;
const DAY_MS = 86_400_000;
const DAYS = 90;
const SLOT_MINUTES = 15;
/** From 06:00 to 22:00. */
const SLOTS_OF_A_DAY = 64;

interface Booked {
  readonly id: string;
  readonly start: string;
}

/** A schedule nobody else books, and two patients: one who books, one who is refused. */
interface Scene {
  readonly api: ClinicApi;
  readonly patient: Session;
  readonly other: Session;
  readonly scheduleId: string;
  readonly firstDay: number;
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

async function newPatient(api: ClinicApi): Promise<Session> {
  const login = { email: `${randomUUID()}@patients.example`, password: `pass ${randomUUID()}` };
  const person = { sourceId: randomUUID(), given: 'Max', family: 'Steady', birthDate: '1980-01-01' };
  await api.registerPatient({ ...person, gender: 'male' }, login);
  return api.login(login.email, login.password);
}

async function prepare(api: ClinicApi): Promise<Scene> {
  const cluster = await openCluster(required('KUBECONFIG'));
  const admin = await api.login('admin', await new Clinic(cluster, NAMESPACE).adminPassword());
  await cluster.close();
  const npi = String(Date.now());
  const practitionerId = await api.createPractitioner(admin, { npi, given: 'Ada', family: 'Steady' });
  const firstDay = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
  const scheduleId = await api.openSchedule(admin, {
    practitionerId,
    start: new Date(firstDay).toISOString(),
    end: new Date(firstDay + DAYS * DAY_MS).toISOString(),
    slotMinutes: SLOT_MINUTES,
    hours: { from: '06:00', to: '22:00', timeZone: 'UTC' },
  });
  return { api, patient: await newPatient(api), other: await newPatient(api), scheduleId, firstDay };
}

/** RFC 3339 of the n-th time of the schedule. */
function slot(firstDay: number, index: number): string {
  const day = firstDay + Math.floor(index / SLOTS_OF_A_DAY) * DAY_MS;
  return new Date(day + (6 * 60 + (index % SLOTS_OF_A_DAY) * SLOT_MINUTES) * 60_000).toISOString();
}

/** Books one time after the other until it is stopped; what is not acknowledged is counted and left alone. */
class Bookings {
  readonly acknowledged: Booked[] = [];
  failed = 0;
  readonly #scene: Scene;
  #next = 0;
  #going = true;
  readonly #callers: Promise<unknown>;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#callers = Promise.all(Array.from({ length: CALLERS }, () => this.#call()));
  }

  async #call(): Promise<void> {
    while (this.#going && this.#next < DAYS * SLOTS_OF_A_DAY) {
      const start = slot(this.#scene.firstDay, this.#next++);
      try {
        const { api, patient, scheduleId } = this.#scene;
        const outcome = await api.book(patient, { scheduleId, start, minutes: SLOT_MINUTES });
        if ('booked' in outcome) this.acknowledged.push({ id: outcome.booked.id, start });
        else this.failed += 1;
      } catch {
        this.failed += 1; // not acknowledged: no promise was made
      }
      await delay(PACE_MS);
    }
  }

  /** Resolves when so many more have been acknowledged. */
  async more(count: number): Promise<void> {
    const wanted = this.acknowledged.length + count;
    const deadline = Date.now() + DEADLINE_MS;
    while (this.acknowledged.length < wanted) {
      if (Date.now() > deadline)
        throw new Error(
          `${this.acknowledged.length} of ${wanted} bookings are acknowledged, ${this.failed} failed`,
        );
      await delay(100);
    }
  }

  async end(): Promise<void> {
    this.#going = false;
    await this.#callers;
  }
}

async function harm([file, ...args]: readonly string[]): Promise<void> {
  if (file === undefined) throw new Error('which command does the harm?');
  const [code] = (await once(spawn(file, args, { stdio: 'inherit' }), 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${String(code)}`);
}

/** What was acknowledged and is no more: not to be read, or its time is given to somebody else. */
async function lost(
  { api, patient, other, scheduleId }: Scene,
  booked: readonly Booked[],
): Promise<string[]> {
  const found: string[] = [];
  for (const { id, start } of booked) {
    const read = await api
      .appointment(patient, id)
      .then(
        ({ appointment }) =>
          Date.parse(appointment.start) === Date.parse(start) ? undefined : 'another start',
        String,
      );
    const again = await api.book(other, { scheduleId, start, minutes: SLOT_MINUTES });
    if (read !== undefined) found.push(`${id} at ${start}: ${read}`);
    if ('booked' in again) found.push(`${id} at ${start}: booked a second time`);
  }
  return found;
}

async function main(command: readonly string[]): Promise<void> {
  const connection = connect(required('GATEWAY_URL'), await readFile(required('GATEWAY_CA'), 'utf8'));
  try {
    const scene = await prepare(new ClinicApi(connection));
    const bookings = new Bookings(scene);
    await bookings.more(ENOUGH);
    await harm(command);
    await bookings.more(ENOUGH);
    await bookings.end();
    const missing = await lost(scene, bookings.acknowledged);
    for (const line of missing.slice(0, 20)) console.error(line);
    console.log(
      `${bookings.acknowledged.length} bookings acknowledged, ${bookings.failed} not, ${missing.length} of the acknowledged lost`,
    );
    if (missing.length > 0) process.exitCode = 1;
  } finally {
    await connection.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2));
