import { NotFound, route } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import { z } from 'zod';
import { readConsents } from '../consents/read.ts';
import { emailOf } from '../fhir/datatypes.ts';
import type { Parts } from '../parts.ts';

/**
 * `GET /internal/contacts/:patientId`, for the service notifications only: the least that a message needs, with the
 * consents as they stand now. `email` is absent for a patient without one.
 */
export function readContact({ store }: Parts): RequestHandler {
  return route({ params: z.object({ patientId: z.uuid() }) }, async ({ params: { patientId } }) => {
    const patient = await store.patients.findOne({ _id: patientId }, { projection: { name: 1, telecom: 1 } });
    if (!patient) throw new NotFound();
    const consents = await readConsents(store, patientId);
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        patientId,
        givenName: patient.name[0]?.given[0] ?? '',
        email: emailOf(patient.telecom),
        consents: Object.fromEntries(consents.map(({ scope, granted }) => [scope, granted])),
      },
    };
  });
}
