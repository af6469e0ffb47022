import { routeRequests, sendRouteRequest } from '@careplane/kit/testing';
import { survivesOutages } from '@careplane/kit/testing/outages';
import { inDays } from '../test/appointments-lab.ts';
import { scheduleOf, slotAt, visitOf } from '../test/fhir.ts';
import { startFhirLab } from '../test/fhir-lab.ts';
import { definitions } from './openapi.ts';

survivesOutages('appointments', async () => {
  const { lab, book, scheduleId, patient, doctor } = await startFhirLab();
  const made = await book(patient, inDays(9, 600));
  let slots = 0;
  const requests = routeRequests(definitions, {
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
  return {
    requests,
    send(request) {
      const caller = request.route.type === 'Appointment' ? patient : doctor;
      return sendRouteRequest(lab.urls[0] ?? '', caller.token, request);
    },
    database: lab.mongod,
    stop: () => lab.stop(),
  };
});
