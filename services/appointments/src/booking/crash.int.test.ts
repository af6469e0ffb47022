import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startService } from '@careplane/kit';
import { inDays, openDemoSchedule, startAppointmentsLab } from '../../test/appointments-lab.ts';
import type { AppointmentsLab } from '../../test/appointments-lab.ts';
import { slotAt, visitOf } from '../../test/fhir.ts';
import { spawnService } from '../../test/spawn-service.ts';
import { appointments } from '../service.ts';

let lab: AppointmentsLab;

beforeAll(async () => {
  lab = await startAppointmentsLab(1);
}, 180_000);

afterAll(async () => {
  await lab.stop();
}, 60_000);

describe('a booking whose event was not published', () => {
  it('is announced by the next instance when its own was killed after the commit', async () => {
    const doctor = await lab.caller('practitioner');
    const patient = await lab.caller('patient');
    const scheduleId = await openDemoSchedule(lab, doctor);
    const { child, url } = await spawnService({ ...lab.env, POD_NAME: 'appointments-doomed' });
    await lab.rabbit.kill();
    const made = await fetch(`${url}/fhir/R4/Appointment`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${patient.token}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify(visitOf(patient.sub, slotAt(scheduleId, inDays(3, 600)))),
    });
    expect(made.status).toBe(201);
    const { id } = (await made.json()) as { id: string };
    child.kill('SIGKILL');
    await once(child, 'exit');
    await lab.rabbit.restart();
    const next = await startService(appointments, {
      env: { ...lab.env, POD_NAME: 'appointments-next' },
      logStream: lab.logs.stream,
    });
    const events = await lab.events(1);
    expect(events.map((event) => [event.type, event.subject])).toEqual([['appointment.booked', id]]);
    await next.stop();
  }, 120_000);
});
