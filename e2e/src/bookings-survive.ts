// Books through the gateway without a break while a command does harm, and proves afterwards that nothing acknowledged is lost:
// every appointment that was answered 201 is read back, and its time is refused to somebody else.
//
//   node e2e/src/bookings-survive.ts COMMAND [ARGUMENTS...]      KUBECONFIG, GATEWAY_URL and GATEWAY_CA name the clinic
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { connect, type BookingWish, type ClinicApi, type Connection, type Session } from '@careplane/demo';
import { enterClinic, newPatient, openDiary, SLOT_MINUTES, SLOTS, slotStart, type Diary } from './diary.ts';

const CALLERS = 4;
/** What a caller waits before the next one. */
const PACE_MS = 500;
/** Acknowledged before the harm is done, and after it. */
const ENOUGH = 25;
const DEADLINE_MS = 300_000;

interface Booked {
  readonly id: string;
  readonly start: string;
}

/** A schedule nobody else books, and two patients: one who books, one who is refused. */
interface Scene extends Diary {
  readonly api: ClinicApi;
  readonly patient: Session;
  readonly other: Session;
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

async function prepare(connection: Connection): Promise<Scene> {
  const entered = await enterClinic(connection, required('KUBECONFIG'));
  const diary = await openDiary(entered);
  const [patient, other] = [await newPatient(entered), await newPatient(entered)];
  return { ...diary, api: entered.api, patient, other };
}

/** A visit of a patient at a time of the diary. */
function wishOf({ scheduleId, practitionerId }: Scene, { sub }: Session, start: string): BookingWish {
  return { scheduleId, practitionerId, patientId: sub, start, minutes: SLOT_MINUTES };
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
    while (this.#going && this.#next < SLOTS) {
      const start = slotStart(this.#scene, this.#next++);
      try {
        const { api, patient } = this.#scene;
        const outcome = await api.book(patient, wishOf(this.#scene, patient, start));
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
async function lost(scene: Scene, booked: readonly Booked[]): Promise<string[]> {
  const { api, patient, other } = scene;
  const found: string[] = [];
  for (const { id, start } of booked) {
    const read = await api
      .appointment(patient, id)
      .then(
        ({ appointment }) =>
          Date.parse(appointment.start) === Date.parse(start) ? undefined : 'another start',
        String,
      );
    const again = await api.book(other, wishOf(scene, other, start));
    if (read !== undefined) found.push(`${id} at ${start}: ${read}`);
    if ('booked' in again) found.push(`${id} at ${start}: booked a second time`);
  }
  return found;
}

async function main(command: readonly string[]): Promise<void> {
  const connection = connect(required('GATEWAY_URL'), await readFile(required('GATEWAY_CA'), 'utf8'));
  try {
    const scene = await prepare(connection);
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
