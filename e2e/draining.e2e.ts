import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Clinic, ClinicApi, connect, openCluster, type Connection, type Session } from '@careplane/demo';
import { clinicReady, eventually, gateway, kubeconfig, kubectl, list, NAMESPACE } from './src/cluster.ts';
import { isReady } from './src/pods.ts';
import { connectOnce, startSteadyLoad, type SteadyLoad } from './src/steady-load.ts';

const DAY_MS = 86_400_000;
const SLOT_MINUTES = 15;
/** From 06:00 to 22:00, on the maximum number of days: more slots than the loads can book during the test. */
const SLOTS_OF_A_DAY = 64;
const DAYS = 90;
/** Operations a second: a rate that two cores sustain while pods start. */
const PACE = { reads: 5, bookings: 5, queries: 3, cancellations: 1 };
/** Answers of each load before a change, and after the last replaced pod is gone. */
const ANSWERS = 20;
const TEST_MS = 900_000;
/** identity has one pod: its replacement is Ready before it ends. */
const ROLLED = ['appointments', 'gateway', 'identity'];

describe('requests while pods come and go', () => {
  let connection: Connection;
  let entrance: Awaited<ReturnType<typeof gateway>>;
  let api: ClinicApi;
  let patient: Session;
  let scheduleId: string;
  let firstDay: number;
  let booked = 0;
  let loads: SteadyLoad[] = [];

  beforeAll(async () => {
    await clinicReady();
    entrance = await gateway();
    connection = connectOnce(entrance);
    api = new ClinicApi(connection);
  }, 300_000);

  // Each test has its own people and slots: a token expires after 15 minutes, and a schedule fills up.
  beforeEach(async () => {
    const patiently = connect(entrance.url, entrance.ca);
    await prepare(new ClinicApi(patiently)).finally(() => patiently.close());
  }, 120_000);

  /** Prepares the load over a connection with retries: password hashing is slow on a busy machine. */
  async function prepare(api: ClinicApi): Promise<void> {
    const cluster = await openCluster(kubeconfig);
    const admin = await api.login('admin', await new Clinic(cluster, NAMESPACE).adminPassword());
    await cluster.close();
    patient = await newPatient(api);
    const npi = String(Date.now());
    const practitionerId = await api.createPractitioner(admin, { npi, given: 'Ada', family: 'Drain' });
    booked = 0;
    firstDay = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
    scheduleId = await api.openSchedule(admin, {
      practitionerId,
      start: new Date(firstDay).toISOString(),
      end: new Date(firstDay + DAYS * DAY_MS).toISOString(),
      slotMinutes: SLOT_MINUTES,
      hours: { from: '06:00', to: '22:00', timeZone: 'UTC' },
    });
  }

  afterEach(async () => {
    await Promise.all(loads.map((load) => load.end()));
    loads = [];
  });

  afterAll(async () => {
    await connection.close();
    // Also after a test that failed half-way.
    for (const service of ROLLED) await configure(service, { REQUEST_TIMEOUT_MS: null });
    await scale('gateway', 2);
    await clinicReady();
  }, 300_000);

  async function newPatient(api: ClinicApi): Promise<Session> {
    const login = { email: `${randomUUID()}@patients.example`, password: `pass ${randomUUID()}` };
    const person = { sourceId: randomUUID(), given: 'Max', family: 'Steady', birthDate: '1980-01-01' };
    await api.registerPatient({ ...person, gender: 'male' }, login);
    return api.login(login.email, login.password);
  }

  /** Every booking has its own slot. The gateway may retry it (Idempotency-Key). */
  async function book(): Promise<string> {
    const slot = booked++;
    const day = firstDay + Math.floor(slot / SLOTS_OF_A_DAY) * DAY_MS;
    const start = new Date(day + (6 * 60 + (slot % SLOTS_OF_A_DAY) * SLOT_MINUTES) * 60_000).toISOString();
    const outcome = await api.book(patient, { scheduleId, start, minutes: SLOT_MINUTES });
    if (!('booked' in outcome)) throw new Error(`refused: ${outcome.refused}`);
    return outcome.booked.id;
  }

  /** A cancellation is a write that neither the gateway nor the client may retry. */
  async function bookAndCancel(): Promise<void> {
    const id = await book();
    const { etag } = await api.appointment(patient, id);
    await api.cancel(patient, id, etag ?? '');
  }

  /** The query reads from appointments and identity. */
  async function query(): Promise<void> {
    const text = '{ appointments(first: 5) { nodes { id patient { id } practitioner { id } } } }';
    const call = { method: 'POST', path: '/graphql', token: patient.token, body: { query: text } } as const;
    const { status, body } = await connection.send(call);
    const { errors } = body as { errors?: unknown };
    if (status !== 200 || errors !== undefined)
      throw new Error(`GraphQL answers ${status}: ${JSON.stringify(errors)}`);
  }

  /** Resolves when every load has its first answers. */
  async function startLoads(): Promise<void> {
    loads = [
      startSteadyLoad(PACE.reads, () => api.appointments(patient, { limit: 5 })),
      startSteadyLoad(PACE.bookings, book),
      startSteadyLoad(PACE.queries, query),
      startSteadyLoad(PACE.cancellations, bookAndCancel),
    ];
    await more();
  }

  /** Resolves when each load has {@link ANSWERS} more answers, or one has failed. */
  async function more(): Promise<void> {
    const before = loads.map((load) => load.succeeded());
    await eventually('more to be answered', () => {
      const areAnswered = loads.every((load, i) => load.succeeded() >= (before[i] ?? 0) + ANSWERS);
      return Promise.resolve(areAnswered || loads.some((load) => load.failures().length > 0) || undefined);
    });
  }

  async function endLoads(): Promise<void> {
    await more(); // what comes after the last pod has gone is answered too
    await Promise.all(loads.map((load) => load.end()));
    expect(loads.flatMap((load) => load.failures())).toEqual([]);
  }

  async function uids(service: string): Promise<string[]> {
    const pods = await list('pods', '-n', NAMESPACE, '-l', `careplane.dev/service=${service}`);
    return pods.map(({ metadata }) => metadata.uid);
  }

  /** Resolves when none of these pods is left, not even terminating, and the clinic is Ready. */
  async function gone(service: string, before: readonly string[]): Promise<void> {
    await eventually(
      `the pods of ${service} that were to go are gone`,
      async () => ((await uids(service)).some((uid) => before.includes(uid)) ? undefined : true),
      240_000,
    );
    await clinicReady();
  }

  async function configure(service: string, config: Record<string, string | null>): Promise<void> {
    const patch = JSON.stringify({ spec: { config } });
    await kubectl('patch', 'healthcareservice', service, '-n', NAMESPACE, '--type=merge', '-p', patch);
  }

  async function scale(service: string, replicas: number): Promise<void> {
    const patch = JSON.stringify({ spec: { replicas } });
    await kubectl('patch', 'healthcareservice', service, '-n', NAMESPACE, '--type=merge', '-p', patch);
  }

  it.each(ROLLED)(
    'none fails while %s is rolled to another configuration and back',
    async (service) => {
      await startLoads();
      for (const value of ['14900', null]) {
        const before = await uids(service);
        await configure(service, { REQUEST_TIMEOUT_MS: value });
        await gone(service, before);
      }
      await endLoads();
    },
    TEST_MS,
  );

  it.each(['appointments', 'gateway'])(
    'none fails while a pod of %s is deleted',
    async (service) => {
      await startLoads();
      const pods = await list('pods', '-n', NAMESPACE, '-l', `careplane.dev/service=${service}`);
      const pod = pods.find(isReady);
      if (pod === undefined) throw new Error(`${service} has no pod that is Ready`);
      await kubectl('delete', 'pod', pod.metadata.name, '-n', NAMESPACE, '--wait=false');
      await gone(service, [pod.metadata.uid]);
      await endLoads();
    },
    TEST_MS,
  );

  it(
    'none fails while gateway gets a pod more and loses one again',
    async () => {
      await startLoads();
      for (const replicas of [3, 2]) {
        await scale('gateway', replicas);
        await eventually(`${replicas} pods`, async () =>
          (await uids('gateway')).length === replicas ? true : undefined,
        );
        await clinicReady();
      }
      await endLoads();
    },
    TEST_MS,
  );
});
