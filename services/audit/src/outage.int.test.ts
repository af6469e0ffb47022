import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  routeRequests,
  sendRouteRequest,
  throughFreeze,
  throughOutage,
  unavailable,
} from '@careplane/kit/testing';
import type { RouteAnswer, RouteRequest } from '@careplane/kit/testing';
import { accessOf, startAuditLab } from '../test/audit-lab.ts';
import type { AuditLab } from '../test/audit-lab.ts';
import { definitions } from './openapi.ts';

jest.setTimeout(60_000);

/** How long callers wait. */
const TIME_MS = 5_000;

describe('while the database is away, every FHIR route of the audit', () => {
  let lab: AuditLab;
  let token: string;
  let requests: RouteRequest[];
  const send = (request: RouteRequest): Promise<RouteAnswer> => sendRouteRequest(lab.url, token, request);

  beforeAll(async () => {
    lab = await startAuditLab();
    token = await lab.issuer.userToken({ sub: 'officer', role: 'compliance' });
    const patient = randomUUID();
    await lab.trail.record([accessOf({ patient })]);
    const [event] = await lab.arrived(`patient=${patient}`, 1);
    requests = routeRequests(definitions, {
      AuditEvent: { id: event?.id ?? '', query: `patient=${patient}` },
    });
  }, 180_000);
  afterAll(() => lab.stop(), 60_000);

  it('says so within its time while the database is frozen, and reads again then', async () => {
    const freeze = { requests, send, database: lab.mongod };
    const { away, back, longestMs } = await throughFreeze(freeze, TIME_MS);
    expect(away).toEqual(unavailable(requests));
    expect(longestMs).toBeLessThan(2 * TIME_MS);
    expect(back.filter(({ status }) => status >= 300)).toEqual([]);
  });

  it('says so and when to come again, and takes in what happened meanwhile', async () => {
    const { away, back } = await throughOutage({ requests, send, database: lab.mongod });
    expect(away).toEqual(unavailable(requests));
    expect(back.filter(({ status }) => status >= 300)).toEqual([]);
    const patient = randomUUID();
    await lab.trail.record([accessOf({ patient })]);
    expect(await lab.arrived(`patient=${patient}`, 1)).toHaveLength(1);
  });
});
