import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Clinic,
  connect,
  logInStaff,
  openCluster,
  withdrawalOf,
  type Connection,
  type Entered,
  type Session,
} from '@careplane/demo';
import { clinicReady, eventually, gateway, kubeconfig, NAMESPACE } from './src/cluster.ts';
import { enterClinic, newPatient, openDiary, SLOT_MINUTES, slotStart, type Diary } from './src/diary.ts';
import { connectOnce } from './src/steady-load.ts';

/** How long a withdrawal may take until it counts in every replica and cache. */
const MOST_MS = 100;
/** Readers at once, each with connections of its own: requests reach every replica. */
const READERS = 6;
/** Between two reads of one reader: the gateway limits what one user may ask. */
const PACE_MS = 10;
const READS_BEFORE = 40;
const READS_AFTER = 60;
const TURNS = 5;

interface Read {
  readonly began: number;
  readonly status: number;
}

/** Practitioners who read one resource all the time. */
class Readers {
  readonly reads: Read[] = [];
  readonly #connections: readonly Connection[];
  readonly #running: Promise<unknown>;
  #going = true;

  constructor(connections: readonly Connection[], path: string, token: string) {
    this.#connections = connections;
    this.#running = Promise.all(connections.map((connection) => this.#read(connection, path, token)));
  }

  async #read(connection: Connection, path: string, token: string): Promise<void> {
    while (this.#going) {
      const began = performance.now();
      const call = { method: 'GET', path, token } as const;
      // What failed on the way counts as an answer too: the test says which ones it has seen.
      const status = await connection.send(call).then(
        (answer) => answer.status,
        () => 0,
      );
      this.reads.push({ began, status });
      await delay(PACE_MS);
    }
  }

  /** Resolves when there are so many more reads. */
  async more(count: number): Promise<void> {
    const wanted = this.reads.length + count;
    while (this.reads.length < wanted && this.#going) await delay(5);
  }

  async end(): Promise<void> {
    if (!this.#going) return;
    this.#going = false;
    await this.#running;
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }
}

describe('a withdrawal of consent', () => {
  let connection: Connection;
  let entered: Entered;
  let patient: Session;
  let practitioner: Session;
  let practitionerId: string;
  let appointmentId: string;

  beforeAll(async () => {
    await clinicReady();
    const { url, ca } = await gateway();
    connection = connect(url, ca);
    entered = await enterClinic(connection, kubeconfig);
    patient = await newPatient(entered);
    // One practitioner reads what another one has written: what is one's own needs no consent.
    const [own, others] = [await openDiary(entered), await openDiary(entered)];
    ({ practitionerId } = own);
    await book(own, 0);
    appointmentId = await book(others, 1);
    practitioner = await logInStaff(entered, practitionerId);
    await eventually('the practitioner to treat the patient', async () => {
      const path = `Appointment/${appointmentId}`;
      const { status } = await entered.api.fhir.send(practitioner, { method: 'GET', path });
      return status === 200 || undefined;
    });
  }, 360_000);

  afterAll(async () => {
    await connection.close();
  });

  async function book({ scheduleId, practitionerId: whom, ...diary }: Diary, time: number): Promise<string> {
    const visit = { start: slotStart(diary, time), minutes: SLOT_MINUTES };
    const wish = { scheduleId, practitionerId: whom, patientId: patient.sub, ...visit };
    const outcome = await entered.api.book(patient, wish);
    if (!('booked' in outcome)) throw new Error(`refused: ${outcome.refused}`);
    return outcome.booked.id;
  }

  /** Withdraws while others read; milliseconds from the answer to the beginning of the last read that was let through. */
  async function turn(): Promise<number> {
    const entrance = await gateway();
    const connections = Array.from({ length: READERS }, () => connectOnce(entrance));
    const path = `/fhir/R4/Appointment/${appointmentId}`;
    const readers = new Readers(connections, path, await practitioner.token());
    const { fhir } = entered.api;
    try {
      await readers.more(READS_BEFORE);
      expect(new Set(readers.reads.map(({ status }) => status))).toEqual(new Set([200]));
      const body = withdrawalOf(patient.sub, practitionerId);
      const call = { method: 'POST', path: 'Consent', body, idempotencyKey: randomUUID() } as const;
      const answer = await fhir.send(patient, call);
      const answered = performance.now();
      expect(answer.status).toBe(201);
      await readers.more(READS_AFTER);
      const until = performance.now();
      const { id } = answer.body as { id: string };
      const inactive = { ...(answer.body as object), status: 'inactive' };
      const back = { method: 'PUT', path: `Consent/${id}`, body: inactive, ifMatch: answer.etag } as const;
      expect((await fhir.send(patient, back)).status).toBe(200);
      await readers.end();
      // What began after the answer, and before the patient took the withdrawal back.
      const meanwhile = readers.reads.filter(({ began }) => began > answered && began < until);
      const letThrough = meanwhile.filter(({ status }) => status === 200);
      expect(meanwhile.filter(({ status }) => ![200, 403, 404].includes(status))).toEqual([]);
      expect(meanwhile.length - letThrough.length).toBeGreaterThan(READS_AFTER / 2);
      return Math.max(0, ...letThrough.map(({ began }) => began - answered));
    } finally {
      await readers.end();
    }
  }

  it('counts in every replica within 100 ms, through the gateway', async () => {
    const cluster = await openCluster(kubeconfig);
    const pods = (await new Clinic(cluster, NAMESPACE).pods()).filter(
      ({ service }) => service === 'appointments',
    );
    await cluster.close();
    expect(pods.length).toBeGreaterThan(1);
    const delays: number[] = [];
    for (let count = 0; count < TURNS; count += 1) delays.push(await turn());
    console.log(
      `a withdrawal of consent counted after ${delays.map((ms) => ms.toFixed(0)).join(', ')} ms in ${pods.length} replicas of appointments`,
    );
    expect(Math.max(...delays)).toBeLessThanOrEqual(MOST_MS);
  }, 240_000);
});
