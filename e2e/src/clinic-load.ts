import { ClinicApi, connect, type Connection, type Session } from '@careplane/demo';
import { eventually, gateway, kubeconfig } from './cluster.ts';
import { enterClinic, newPatient, openDiary, SLOT_MINUTES, slotStart, type Diary } from './diary.ts';
import { connectOnce, startSteadyLoad, type SteadyLoad } from './steady-load.ts';

/** Operations a second: a rate that two cores sustain while pods start. */
const PACE = { reads: 5, bookings: 5, queries: 3, cancellations: 1 };
/** Before a change and after it each load has as many answers as are asked for in so many seconds. */
const SECONDS = 4;

/** A patient who reads, books, cancels and asks GraphQL all the time, without retries: each failure is one that a client sees. */
export class ClinicLoad {
  readonly #connection: Connection;
  readonly #api: ClinicApi;
  readonly #patient: Session;
  readonly #diary: Diary;
  #booked = 0;
  readonly #loads: { perSecond: number; load: SteadyLoad }[] = [];

  private constructor(connection: Connection, patient: Session, diary: Diary) {
    this.#connection = connection;
    this.#api = new ClinicApi(connection);
    this.#patient = patient;
    this.#diary = diary;
  }

  /** Makes people and slots of its own: a schedule fills up. Resolves to its first answers. */
  static async start(): Promise<ClinicLoad> {
    const entrance = await gateway();
    // With retries: password hashing is slow on a busy machine.
    const patiently = connect(entrance.url, entrance.ca);
    try {
      const entered = await enterClinic(patiently, kubeconfig);
      const diary = await openDiary(entered);
      const load = new ClinicLoad(connectOnce(entrance), await newPatient(entered), diary);
      await load.#begin();
      return load;
    } finally {
      await patiently.close();
    }
  }

  /** What has failed since the start. */
  failures(): string[] {
    return this.#loads.flatMap(({ load }) => load.failures());
  }

  /** Resolves when each part of the load has more answers, those of {@link SECONDS}, or one has failed. */
  async more(): Promise<void> {
    const due = this.#loads.map(({ load, perSecond }) => load.succeeded() + SECONDS * perSecond);
    await eventually('more to be answered', () => {
      const areAnswered = this.#loads.every(({ load }, i) => load.succeeded() >= (due[i] ?? 0));
      return Promise.resolve(areAnswered || this.failures().length > 0 || undefined);
    });
  }

  /** Ends it; to be called also after a test that failed half-way. */
  async end(): Promise<void> {
    await Promise.all(this.#loads.map(({ load }) => load.end()));
    await this.#connection.close();
  }

  async #begin(): Promise<void> {
    const start = (perSecond: number, operation: () => Promise<unknown>): void => {
      this.#loads.push({ perSecond, load: startSteadyLoad(perSecond, operation) });
    };
    start(PACE.reads, () => this.#api.appointments(this.#patient, { count: 5 }));
    start(PACE.bookings, () => this.#book());
    start(PACE.queries, () => this.#query());
    start(PACE.cancellations, () => this.#bookAndCancel());
    await this.more();
  }

  /** Every booking has its own slot. The gateway may retry it (Idempotency-Key). */
  async #book(): Promise<string> {
    const start = slotStart(this.#diary, this.#booked++);
    const { scheduleId, practitionerId } = this.#diary;
    const wish = { scheduleId, practitionerId, patientId: this.#patient.sub, start, minutes: SLOT_MINUTES };
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
    const token = await this.#patient.token();
    const call = { method: 'POST', path: '/graphql', token, body: { query }, repeatable: true } as const;
    const { status, body } = await this.#connection.send(call);
    const { errors } = body as { errors?: unknown };
    if (status !== 200 || errors !== undefined)
      throw new Error(`GraphQL answers ${status}: ${JSON.stringify(errors)}`);
  }
}
