import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  routeRequests,
  sendRouteRequest,
  throughFreeze,
  throughOutage,
  unavailable,
} from '@careplane/kit/testing';
import type { RouteAnswer, RouteRequest, RouteSubject } from '@careplane/kit/testing';
import { exampleOf } from '../test/examples.ts';
import { startRecordsLab, treating } from '../test/records-lab.ts';
import type { Caller, RecordsLab } from '../test/records-lab.ts';
import { definitions } from './openapi.ts';

jest.setTimeout(60_000);

/** How long callers wait. */
const TIME_MS = 5_000;

/** Binary answers bytes; content/http.int.test.ts has those. */
const ASKED = definitions.filter(({ type }) => type !== 'Binary');

describe('while the database is away, every FHIR route of records', () => {
  let lab: RecordsLab;
  let doctor: Caller;
  let requests: RouteRequest[];
  const send = (request: RouteRequest): Promise<RouteAnswer> =>
    sendRouteRequest(lab.url(), doctor.token, request);

  beforeAll(async () => {
    lab = await startRecordsLab();
    const patient = lab.patient();
    doctor = await lab.caller('practitioner', treating(patient));
    const subjects: Record<string, RouteSubject> = {};
    for (const { type } of ASKED) {
      const content = exampleOf(type, patient);
      const made = await lab.ask(`POST ${type}`, doctor, { body: content });
      subjects[type] = {
        id: String(made.body.id),
        create: () => content,
        update: { ...made.body, language: 'de' },
        queries: { $everything: `patient=${patient}` },
      };
    }
    requests = routeRequests(ASKED, subjects);
  }, 120_000);
  afterAll(() => lab.stop(), 60_000);

  it('says so within its time while the database is frozen, and reads again then', async () => {
    const freeze = { requests, send, database: lab.mongod };
    const { away, back, longestMs } = await throughFreeze(freeze, TIME_MS);
    expect(away).toEqual(unavailable(requests));
    expect(longestMs).toBeLessThan(2 * TIME_MS);
    expect(back.filter(({ status }) => status >= 300)).toEqual([]);
  });

  it('says so and when to come again, and then does what it did not, neither then nor while the database was frozen', async () => {
    expect(requests.length).toBeGreaterThan(50);
    const { away, back } = await throughOutage({ requests, send, database: lab.mongod });
    expect(away).toEqual(unavailable(requests));
    expect(back.filter(({ status }) => status >= 300)).toEqual([]);
  });
});
