import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Clinic,
  connect,
  enter,
  openCluster,
  type Cluster,
  type Connection,
  type Entered,
} from '@careplane/demo';
import { NAMESPACE, clinicReady, command, eventually, gateway, kubeconfig } from '../src/cluster.ts';
import { startCapture } from './packets/capture.ts';

const DAY_MS = 86_400_000;
/** Below this a text turns up in random bytes, too. */
const TELLING = 8;
const APPOINTMENTS = '60';
/** The greeting of who registers, and the confirmation of a booking. */
const MAILS_OF_A_VISIT = 2;

/** Somebody whose name nobody else has. */
function somebody(): { given: string; family: string; email: string; password: string } {
  const mark = randomUUID().slice(0, 8);
  return {
    given: `Waltraud${mark}`,
    family: `Quellenbusch${mark}`,
    email: `${mark}@patients.example`,
    password: `pass ${randomUUID()}`,
  };
}

describe('what is on the pod network', () => {
  let connection: Connection;
  let entered: Entered;
  let secret: string;
  let cluster: Cluster;
  let clinic: Clinic;

  beforeAll(async () => {
    await clinicReady();
    const { url, ca } = await gateway();
    connection = connect(url, ca);
    cluster = await openCluster(kubeconfig);
    clinic = new Clinic(cluster, NAMESPACE);
    secret = await clinic.adminClientSecret();
    entered = await enter(connection, secret);
  }, 300_000);

  afterAll(async () => {
    await connection.close();
    await cluster.close();
  });

  /** E-mails that have arrived, once for each copy. */
  async function mails(): Promise<number> {
    const sinks = (await clinic.pods()).filter(({ service }) => service === 'mail-sink');
    const samples = (await Promise.all(sinks.map((pod) => clinic.metrics(pod)))).flat();
    return samples
      .filter(({ name }) => name === 'careplane_mails_total')
      .reduce((total, { value }) => total + value, 0);
  }

  /** Registers, logs in, books and reads back; returns the tokens. */
  async function visit(person: ReturnType<typeof somebody>): Promise<string[]> {
    const { given, family, email, password } = person;
    const { api, admin, administration, login } = entered;
    const details = { sourceId: randomUUID(), given, family, birthDate: '1961-04-12', gender: 'female' };
    const { id: patientId } = await api.createPatient(admin, { ...details, email });
    await administration.openAccount({ email, password, role: 'patient', person: `Patient/${patientId}` });
    const patient = await login({ username: email, password });
    const npi = String(Date.now());
    const practitionerId = await api.createPractitioner(admin, { npi, given: 'Ada', family: 'Wire' });
    const start = new Date(Math.ceil(Date.now() / DAY_MS) * DAY_MS);
    const scheduleId = await api.openSchedule(admin, {
      practitionerId,
      start: start.toISOString(),
      end: new Date(start.getTime() + DAY_MS).toISOString(),
      slotMinutes: 15,
      hours: { from: '06:00', to: '22:00', timeZone: 'UTC' },
    });
    const time = new Date(start.getTime() + DAY_MS / 2).toISOString();
    const outcome = await api.book(patient, {
      scheduleId,
      practitionerId,
      patientId,
      start: time,
      minutes: 15,
    });
    if (!('booked' in outcome)) throw new Error('the time of a new schedule is taken');
    await api.appointment(patient, outcome.booked.id);
    return [await admin.token(), await patient.token()];
  }

  it('during the demo is no name, no token and no password', async () => {
    const person = somebody();
    const capture = await startCapture();
    let wire: Buffer;
    let tokens: string[];
    try {
      const before = await mails();
      tokens = await visit(person);
      // Its names are in the events and in the e-mails, too; and the demo counts both.
      await eventually(
        'the e-mails of the visit have arrived',
        async () => (await mails()) >= before + MAILS_OF_A_VISIT || undefined,
      );
      await command('scripts/demo.sh', ['--appointments', APPOINTMENTS], { timeoutMs: 400_000 });
    } finally {
      wire = await capture.end();
    }
    // Guards the test: what is not encrypted, the metrics, is seen.
    expect(wire.includes('http_server_request_duration_seconds_bucket')).toBe(true);
    const secrets = [...Object.values(person), ...tokens, secret, 'Bearer eyJ', 'access_token', 'birthDate'];
    expect(secrets.filter((text) => text.length < TELLING)).toEqual([]);
    const found = secrets.map((text, index) => (wire.includes(text) ? index : -1)).filter((at) => at >= 0);
    expect(found).toEqual([]);
  }, 600_000);
});
