import { routeRequests, sendRouteRequest } from '@careplane/kit/testing';
import type { RouteSubject } from '@careplane/kit/testing';
import { survivesOutages } from '@careplane/kit/testing/outages';
import { exampleOf } from '../test/examples.ts';
import { startRecordsLab, treating } from '../test/records-lab.ts';
import { definitions } from './openapi.ts';

/** Binary answers bytes, and is not asked here. */
const ASKED = definitions.filter(({ type }) => type !== 'Binary');

survivesOutages(
  'records',
  async () => {
    const lab = await startRecordsLab();
    const patient = lab.patient();
    const doctor = await lab.caller('practitioner', treating(patient));
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
    return {
      requests: routeRequests(ASKED, subjects),
      send: (request) => sendRouteRequest(lab.url(), doctor.token, request),
      database: lab.mongod,
      stop: () => lab.stop(),
    };
  },
  { atLeast: 51 },
);
