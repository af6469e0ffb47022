import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditEntry, EventData } from '@careplane/kit';
import { declareTopology } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import {
  bookSlot,
  inDays,
  openDemoSchedule,
  startAppointmentsLab,
  takeMessages,
} from '../test/appointments-lab.ts';
import type { AppointmentsLab, Caller } from '../test/appointments-lab.ts';
import { spawnService } from '../test/spawn-service.ts';

const AUDITOR = 'auditor';

describe('each access to an appointment', () => {
  let lab: AppointmentsLab;
  let doctor: Caller;
  let patient: Caller;
  let scheduleId: string;
  const taken: AuditEntry[] = [];

  beforeAll(async () => {
    lab = await startAppointmentsLab(2, { AUDIT_TRAIL: 'Required' });
    await declareTopology(lab.rabbit.uri, { service: AUDITOR, consumes: ['audit.recorded'] });
    [doctor, patient] = [await lab.caller('practitioner'), await lab.caller('patient')];
    scheduleId = await openDemoSchedule(lab, doctor);
  }, 180_000);
  afterAll(async () => {
    await lab.stop();
  }, 60_000);

  /** All entries that have come so far. */
  const entries = async (): Promise<readonly AuditEntry[]> => {
    const events = await takeMessages(lab.rabbit, AUDITOR);
    taken.push(...events.flatMap(({ data }) => (data as EventData<'audit.recorded'>).entries));
    return taken;
  };
  const entriesOf = (id: string, count: number): Promise<readonly AuditEntry[]> =>
    until(
      async () => {
        const found = (await entries()).filter((one) => one.entities.some((entity) => entity.id === id));
        return found.length >= count ? found : undefined;
      },
      { what: `${String(count)} entries about ${id}` },
    );
  const book = async (at: number): Promise<string> => {
    const made = await bookSlot(lab, patient, { scheduleId, start: inDays(3, at) });
    expect(made.status).toBe(201);
    return String(made.body['id']);
  };

  it('has an entry that reaches the broker, and is kept nowhere after that', async () => {
    const id = await book(600);
    expect((await lab.call(1, `GET /fhir/R4/Appointment/${id}`, patient)).status).toBe(200);
    const stranger = await lab.caller('patient');
    expect((await lab.call(0, `GET /fhir/R4/Appointment/${id}`, stranger)).status).toBe(404);
    const found = await entriesOf(id, 3);
    expect(found.map(({ action, outcome, reason, patient: of }) => [action, outcome, reason, of])).toEqual([
      ['create', 'granted', undefined, patient.sub],
      ['read', 'granted', undefined, patient.sub],
      ['read', 'denied', 'not-own', patient.sub],
    ]);
    expect(found[2]?.agent).toMatchObject({ role: 'patient', person: { type: 'Patient', id: stranger.sub } });
    await until(
      async () =>
        (await lab.database.collection('outbox').countDocuments({ 'event.type': 'audit.recorded' })) === 0,
      { what: 'the outbox to hold none' },
    );
  }, 60_000);

  it('is refused while the database is away, and discloses nothing', async () => {
    const id = await book(720);
    await lab.mongod.kill();
    const answers = await Promise.all([
      lab.call(0, `GET /fhir/R4/Appointment/${id}`, patient),
      lab.call(1, `GET /fhir/R4/Appointment?patient=${patient.sub}`, patient),
    ]);
    await lab.mongod.restart();
    for (const { status, body } of answers) {
      expect(status).toBe(503);
      expect(JSON.stringify(body)).not.toContain(id);
    }
    const read = await until(
      async () => {
        const answer = await lab.call(0, `GET /fhir/R4/Appointment/${id}`, patient);
        return answer.status === 200 ? answer : undefined;
      },
      { what: 'the database to be found' },
    );
    expect(read.body['id']).toBe(id);
    expect((await entriesOf(id, 2)).map(({ outcome }) => outcome)).toContain('granted');
  }, 120_000);

  it('was recorded before it was answered, whenever the service is killed', async () => {
    const ids = await Promise.all([780, 810, 840, 870].map(book));
    const traces = new Set<string>();
    for (const round of [0, 1]) {
      const { child, url } = await spawnService({
        ...lab.env,
        POD_NAME: `appointments-doomed-${String(round)}`,
      });
      const readers = Array.from({ length: 12 }, async (_, reader) => {
        for (let at = 0; ; at += 1) {
          const trace = `a${String(round)}${String(reader).padStart(2, '0')}${String(at).padStart(28, '0')}`;
          const id = ids[at % ids.length] ?? '';
          const headers = {
            authorization: `Bearer ${patient.token}`,
            traceparent: `00-${trace}-0000000000000001-01`,
          };
          const answer = await fetch(`${url}/fhir/R4/Appointment/${id}`, { headers });
          if (answer.status === 200) traces.add(trace);
        }
      });
      const ended = Promise.allSettled(readers);
      await until(() => Promise.resolve(traces.size >= 60 + round * 137), { what: 'readers at work' });
      child.kill('SIGKILL');
      await once(child, 'exit');
      await ended;
    }
    await until(
      async () => {
        const recorded = new Set((await entries()).map(({ traceId }) => traceId));
        return [...traces].every((trace) => recorded.has(trace));
      },
      { what: `an entry of each of ${String(traces.size)} answers` },
    );
    // a message may be repeated after a kill, with the same entries: the audit service keeps each id once
    const byId = new Map(taken.map((entry) => [entry.id, entry]));
    const byTrace = Map.groupBy(byId.values(), ({ traceId }) => traceId);
    const doubled = [...byTrace.values()].filter((some) => some.length > 1);
    expect(doubled).toEqual([]);
  }, 240_000);
});
