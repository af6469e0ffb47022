import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  routeRequests,
  sendRouteRequest,
  throughFreeze,
  throughOutage,
  unavailable,
} from '@careplane/kit/testing';
import type { RouteAnswer, RouteRequest } from '@careplane/kit/testing';
import { inDays } from '../test/appointments-lab.ts';
import { scheduleOf, slotAt, visitOf } from '../test/fhir.ts';
import { startFhirLab } from '../test/fhir-lab.ts';
import type { FhirLab } from '../test/fhir-lab.ts';
import { definitions } from './openapi.ts';

jest.setTimeout(60_000);

/** How long callers wait. */
const TIME_MS = 5_000;

describe('while the database is away, every FHIR route of appointments', () => {
  let fhir: FhirLab;
  let requests: RouteRequest[];
  const send = (request: RouteRequest): Promise<RouteAnswer> => {
    const caller = request.route.type === 'Appointment' ? fhir.patient : fhir.doctor;
    return sendRouteRequest(fhir.lab.urls[0] ?? '', caller.token, request);
  };

  beforeAll(async () => {
    fhir = await startFhirLab();
    const { scheduleId, patient, doctor } = fhir;
    const made = await fhir.book(patient, inDays(9, 600));
    let slots = 0;
    requests = routeRequests(definitions, {
      Schedule: {
        id: scheduleId,
        create: () => scheduleOf({ practitionerId: doctor.sub }),
        update: scheduleOf({ practitionerId: doctor.sub, slotMinutes: 15 }),
      },
      Slot: {
        id: slotAt(scheduleId, inDays(9)),
        query: `schedule=${scheduleId}&start=ge${inDays(9)}&start=lt${inDays(10)}`,
      },
      Appointment: {
        id: String(made.body['id']),
        create: () => visitOf(patient.sub, slotAt(scheduleId, inDays(9, 660 + 30 * (slots += 1)))),
        update: { ...made.body, comment: 'changed' },
        queries: { $everything: `patient=${patient.sub}` },
      },
    });
  }, 180_000);
  afterAll(() => fhir.lab.stop(), 60_000);

  it('says so within its time while the database is frozen, and reads again then', async () => {
    const freeze = { requests, send, database: fhir.lab.mongod };
    const { away, back, longestMs } = await throughFreeze(freeze, TIME_MS);
    expect(away).toEqual(unavailable(requests));
    expect(longestMs).toBeLessThan(2 * TIME_MS);
    expect(back.filter(({ status }) => status >= 300)).toEqual([]);
  });

  it('says so and when to come again, and then does what it did not, neither then nor while the database was frozen', async () => {
    const { away, back } = await throughOutage({ requests, send, database: fhir.lab.mongod });
    expect(away).toEqual(unavailable(requests));
    expect(back.filter(({ status }) => status >= 300)).toEqual([]);
  });
});
