import { currentUser, etagOf, NotFound, route } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import { z } from 'zod';
import { patientResource } from '../fhir/resources.ts';
import type { Parts } from '../parts.ts';
import { mayReadPatient } from './access.ts';

/** `GET /v1/patients/:id`: the FHIR Patient, for the patient, practitioners and administrators. */
export function readPatient({ store }: Parts): RequestHandler {
  return route({ params: z.object({ id: z.uuid() }) }, async ({ params, req }) => {
    mayReadPatient(currentUser(req), params.id);
    const record = await store.patients.findOne({ _id: params.id });
    if (!record) throw new NotFound();
    return {
      status: 200,
      headers: { etag: etagOf(record.version), 'cache-control': 'private, no-store' },
      body: patientResource(record),
    };
  });
}
