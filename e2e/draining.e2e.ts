import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Clinic, ClinicApi, connect, openCluster, type Connection, type Session } from '@careplane/demo';
import { clinicReady, command, eventually, kubeconfig, kubectl, list, NAMESPACE } from './src/cluster.ts';
import { connectOnce, startSteadyLoad, type SteadyLoad } from './src/steadyLoad.ts';

const DAY_MS = 86_400_000;
const SLOT_MINUTES = 15;
/** From 12:00 to 22:00. */
const SLOTS_OF_A_DAY = 40;
const DAYS = 60;
/** Reads, and as many bookings: a pace that two cores keep up with while pods start. */
const PER_SECOND = 8;

describe('requests while pods come and go', () => {
  let connection: Connection;
  let api: ClinicApi;
  let patient: Session;
  let scheduleId: string;
  let firstDay: number;
  let booked = 0;
  let loads: SteadyLoad[] = [];

  beforeAll(async () => {
    await clinicReady();
    const url = (await command('scripts/env.sh', ['--gateway'])).trim();
    connection = connectOnce(url);
    api = new ClinicApi(connection);
    const patiently = connect(url);
    await prepare(new ClinicApi(patiently)).finally(() => patiently.close());
  }, 300_000);

  /** What the load needs, over a connection that repeats: on a busy machine a password takes its time. */
  async function prepare(api: ClinicApi): Promise<void> {
    const cluster = await openCluster(kubeconfig);
    const admin = await api.login('admin', await new Clinic(cluster, NAMESPACE).adminPassword());
    await cluster.close();
    patient = await newPatient(api);
    const npi = String(Date.now());
    const practitionerId = await api.createPractitioner(admin, { npi, given: 'Ada', family: 'Drain' });
    firstDay = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
    scheduleId = await api.openSchedule(admin, {
      practitionerId,
      start: new Date(firstDay).toISOString(),
      end: new Date(firstDay + DAYS * DAY_MS).toISOString(),
      slotMinutes: SLOT_MINUTES,
      hours: { from: '12:00', to: '22:00', timeZone: 'UTC' },
    });
  }

  afterEach(async () => {
    await Promise.all(loads.map((load) => load.end()));
    loads = [];
  });

  afterAll(async () => {
    await connection.close();
    await clinicReady();
  }, 300_000);

  async function newPatient(api: ClinicApi): Promise<Session> {
    const login = { email: `${randomUUID()}@patients.example`, password: `pass ${randomUUID()}` };
    const person = { sourceId: randomUUID(), given: 'Max', family: 'Steady', birthDate: '1980-01-01' };
    await api.registerPatient({ ...person, gender: 'male' }, login);
    return api.login(login.email, login.password);
  }

  /** Every booking has its own time. */
  async function book(): Promise<void> {
    const slot = booked++;
    const day = firstDay + Math.floor(slot / SLOTS_OF_A_DAY) * DAY_MS;
    const start = new Date(day + (12 * 60 + (slot % SLOTS_OF_A_DAY) * SLOT_MINUTES) * 60_000).toISOString();
    const outcome = await api.book(patient, { scheduleId, start, minutes: SLOT_MINUTES });
    if (!('booked' in outcome)) throw new Error(`refused: ${outcome.refused}`);
  }

  function startLoads(): void {
    loads = [startSteadyLoad(PER_SECOND, () => api.appointments(patient, { limit: 5 })), startSteadyLoad(PER_SECOND, book)]; // prettier-ignore
  }

  async function endLoads(): Promise<void> {
    const before = loads.map((load) => load.succeeded());
    // what comes after the last pod has gone is answered too
    await eventually('more to be answered', () =>
      Promise.resolve(loads.every((load, i) => load.succeeded() > (before[i] ?? 0) + 20) || undefined),
    );
    await Promise.all(loads.map((load) => load.end()));
    expect(loads.flatMap((load) => load.failures())).toEqual([]);
    expect(Math.min(...loads.map((load) => load.succeeded()))).toBeGreaterThan(40);
  }

  async function uids(service: string): Promise<string[]> {
    const pods = await list('pods', '-n', NAMESPACE, '-l', `careplane.dev/service=${service}`);
    return pods.map(({ metadata }) => metadata.uid);
  }

  /** Resolves when none of these pods is left, not even ending, and the clinic is as it has to be. */
  async function gone(service: string, before: readonly string[]): Promise<void> {
    await eventually(
      `the pods of ${service} that were to go are gone`,
      async () => ((await uids(service)).some((uid) => before.includes(uid)) ? undefined : true),
      180_000,
    );
    await clinicReady();
  }

  async function configure(service: string, config: Record<string, string | null>): Promise<void> {
    const patch = JSON.stringify({ spec: { config } });
    await kubectl('patch', 'healthcareservice', service, '-n', NAMESPACE, '--type=merge', '-p', patch);
  }

  it.each(['appointments', 'gateway'])(
    'none fails while %s is rolled to another configuration and back',
    async (service) => {
      startLoads();
      for (const value of ['14900', null]) {
        const before = await uids(service);
        await configure(service, { REQUEST_TIMEOUT_MS: value });
        await gone(service, before);
      }
      await endLoads();
    },
    600_000,
  );

  it.each(['appointments', 'gateway'])(
    'none fails while a pod of %s is deleted',
    async (service) => {
      startLoads();
      const [pod] = await list('pods', '-n', NAMESPACE, '-l', `careplane.dev/service=${service}`);
      if (pod === undefined) throw new Error(`${service} has no pod`);
      await kubectl('delete', 'pod', pod.metadata.name, '-n', NAMESPACE, '--wait=false');
      await gone(service, [pod.metadata.uid]);
      await endLoads();
    },
    400_000,
  );
});
