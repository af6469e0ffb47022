import { randomUUID } from 'node:crypto';
import { Clinic, ClinicApi, connect, openCluster, type Connection, type Session } from '@careplane/demo';
import { eventually, gateway, kubeconfig, NAMESPACE } from './cluster.ts';
import { connectOnce, startSteadyLoad, type SteadyLoad } from './steady-load.ts';

const DAY_MS = 86_400_000;
const SLOT_MINUTES = 15;
/** From 06:00 to 22:00, on the maximum number of days: more slots than the loads can book during a test. */
const SLOTS_OF_A_DAY = 64;
const DAYS = 90;
/** Operations a second: a rate that two cores sustain while pods start. */
const PACE = { reads: 5, bookings: 5, queries: 3, cancellations: 1 };
/** Answers of each load before a change, and after it. */
const ANSWERS = 20;

/** Whose slots the load books. */
interface Diary {
  patient: Session;
  scheduleId: string;
  /** Milliseconds since the epoch: the first day with slots. */
  firstDay: number;
}

/** A patient who reads, books, cancels and asks GraphQL all the time, without retries: each failure is one that a client sees. */
export class ClinicLoad {
  readonly #connection: Connection;
  readonly #api: ClinicApi;
  readonly #patient: Session;
  readonly #diary: Diary;
  #booked = 0;
  #loads: SteadyLoad[] = [];

  private constructor(connection: Connection, diary: Diary) {
    this.#connection = connection;
    this.#api = new ClinicApi(connection);
    this.#patient = diary.patient;
    this.#diary = diary;
  }

  /** Makes people and slots of its own: a token expires after 15 minutes, and a schedule fills up. Resolves to its first answers. */
  static async start(): Promise<ClinicLoad> {
    const entrance = await gateway();
    // With retries: password hashing is slow on a busy machine.
    const patiently = connect(entrance.url, entrance.ca);
    const diary = await newDiary(new ClinicApi(patiently)).finally(() => patiently.close());
    const load = new ClinicLoad(connectOnce(entrance), diary);
    await load.#begin();
    return load;
  }

  /** What has failed since the start. */
  failures(): string[] {
    return this.#loads.flatMap((load) => load.failures());
  }

  /** Resolves when each part of the load has {@link ANSWERS} more answers, or one has failed. */
  async more(): Promise<void> {
    const before = this.#loads.map((load) => load.succeeded());
    await eventually('more to be answered', () => {
      const areAnswered = this.#loads.every((load, i) => load.succeeded() >= (before[i] ?? 0) + ANSWERS);
      return Promise.resolve(areAnswered || this.failures().length > 0 || undefined);
    });
  }

  /** Ends it; to be called also after a test that failed half-way. */
  async end(): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.end()));
    await this.#connection.close();
  }

  async #begin(): Promise<void> {
    this.#loads = [
      startSteadyLoad(PACE.reads, () => this.#api.appointments(this.#patient, { limit: 5 })),
      startSteadyLoad(PACE.bookings, () => this.#book()),
      startSteadyLoad(PACE.queries, () => this.#query()),
      startSteadyLoad(PACE.cancellations, () => this.#bookAndCancel()),
    ];
    await this.more();
  }

  /** Every booking has its own slot. The gateway may retry it (Idempotency-Key). */
  async #book(): Promise<string> {
    const slot = this.#booked++;
    const { firstDay, scheduleId } = this.#diary;
    const day = firstDay + Math.floor(slot / SLOTS_OF_A_DAY) * DAY_MS;
    const start = new Date(day + (6 * 60 + (slot % SLOTS_OF_A_DAY) * SLOT_MINUTES) * 60_000).toISOString();
    const wish = { scheduleId, start, minutes: SLOT_MINUTES };
    const outcome = await this.#api.book(this.#patient, wish);
    if (!('booked' in outcome)) throw new Error(`refused: ${outcome.refused}`);
    return outcome.booked.id;
  }

  /** A cancellation is a write that neither the gateway nor the client may retry. */
  async #bookAndCancel(): Promise<void> {
    const id = await this.#book();
    const { etag } = await this.#api.appointment(this.#patient, id);
    await this.#api.cancel(this.#patient, id, etag ?? '');
  }

  /** The query reads from appointments and identity. */
  async #query(): Promise<void> {
    const query = '{ appointments(first: 5) { nodes { id patient { id } practitioner { id } } } }';
    const call = { method: 'POST', path: '/graphql', token: this.#patient.token, body: { query } } as const;
    const { status, body } = await this.#connection.send(call);
    const { errors } = body as { errors?: unknown };
    if (status !== 200 || errors !== undefined)
      throw new Error(`GraphQL answers ${status}: ${JSON.stringify(errors)}`);
  }
}

async function newDiary(api: ClinicApi): Promise<Diary> {
  const cluster = await openCluster(kubeconfig);
  const admin = await api.login('admin', await new Clinic(cluster, NAMESPACE).adminPassword());
  await cluster.close();
  const patient = await newPatient(api);
  const practitionerId = await api.createPractitioner(admin, {
    npi: String(Date.now()),
    given: 'Ada',
    family: 'Drain',
  });
  const firstDay = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
  const scheduleId = await api.openSchedule(admin, {
    practitionerId,
    start: new Date(firstDay).toISOString(),
    end: new Date(firstDay + DAYS * DAY_MS).toISOString(),
    slotMinutes: SLOT_MINUTES,
    hours: { from: '06:00', to: '22:00', timeZone: 'UTC' },
  });
  return { patient, scheduleId, firstDay };
}

async function newPatient(api: ClinicApi): Promise<Session> {
  const login = { email: `${randomUUID()}@patients.example`, password: `pass ${randomUUID()}` };
  const person = { sourceId: randomUUID(), given: 'Max', family: 'Steady', birthDate: '1980-01-01' };
  await api.registerPatient({ ...person, gender: 'male' }, login);
  return api.login(login.email, login.password);
}
