import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { routeRequests, sendRouteRequest } from '@careplane/kit/testing';
import { survivesOutages } from '@careplane/kit/testing/outages';
import { accessOf, startAuditLab } from '../test/audit-lab.ts';
import type { AuditLab } from '../test/audit-lab.ts';
import { definitions } from './openapi.ts';

let lab: AuditLab;

async function recorded(): Promise<{ readonly patient: string; readonly ids: readonly string[] }> {
  const patient = randomUUID();
  await lab.trail.record([accessOf({ patient })]);
  return { patient, ids: (await lab.arrived(`patient=${patient}`, 1)).map(({ id }) => id) };
}

survivesOutages(
  'the audit',
  async () => {
    lab = await startAuditLab();
    const token = await lab.issuer.userToken({ sub: 'officer', role: 'compliance' });
    const { patient, ids } = await recorded();
    return {
      requests: routeRequests(definitions, {
        AuditEvent: { id: ids[0] ?? '', query: `patient=${patient}` },
      }),
      send: (request) => sendRouteRequest(lab.url, token, request),
      database: lab.mongod,
      stop: () => lab.stop(),
    };
  },
  {
    more() {
      it('takes in what happens afterwards', async () => {
        expect((await recorded()).ids).toHaveLength(1);
      }, 60_000);
    },
  },
);
